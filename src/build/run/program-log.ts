import { StringDecoder } from "node:string_decoder";
import type { Task } from "../../lib/progress.ts";

/** Characters of a log that are kept to be shown where the program fails. */
const MOST_KEPT = 4_000_000;

/** What is longer is cut to lines of this length: a program that writes no line ends must not fill the memory. */
const LONGEST_LINE = 16_384;

/** Nothing shorter is worth hiding, and hiding it would hide the log. */
const SHORTEST_SECRET = 4;

const HIDDEN = "***";

/** What a program writes: told line by line, secrets masked, and kept for the case that it fails. */
export class ProgramLog {
  readonly #task: Task | undefined;
  readonly #secrets: readonly string[];
  readonly #streams = { stdout: new Lines(), stderr: new Lines() };
  #kept: string[] = [];
  #size = 0;
  #left = 0;

  constructor(task: Task | undefined, secrets: readonly Uint8Array[]) {
    this.#task = task;
    this.#secrets = maskedTexts(secrets);
  }

  add(chunk: Buffer, stream: "stdout" | "stderr"): void {
    for (const line of this.#streams[stream].add(chunk)) this.#line(line);
  }

  end(): void {
    for (const stream of Object.values(this.#streams)) for (const line of stream.end()) this.#line(line);
  }

  /** All of it, but for the beginning of a very long one. */
  text(): string {
    const cut = this.#left === 0 ? [] : [`(${this.#left} lines before these)`];
    return [...cut, ...this.#kept].join("\n");
  }

  #line(line: string): void {
    const shown = this.#secrets.reduce((text, secret) => text.replaceAll(secret, HIDDEN), line);
    this.#task?.output(shown);
    this.#kept.push(shown);
    this.#size += shown.length + 1;
    if (this.#size <= MOST_KEPT) return;
    const half = Math.ceil(this.#kept.length / 2);
    this.#left += half;
    this.#kept = this.#kept.slice(half);
    this.#size = this.#kept.reduce((sum, each) => sum + each.length + 1, 0);
  }
}

/** Each line of a secret, since the log is told by lines; longest first. */
function maskedTexts(secrets: readonly Uint8Array[]): readonly string[] {
  const lines = secrets.flatMap((secret) => Buffer.from(secret).toString("utf8").split(/\r?\n/));
  const texts = new Set(lines.map((line) => line.trim()).filter((line) => line.length >= SHORTEST_SECRET));
  return [...texts].sort((a, b) => b.length - a.length);
}

/** Text in lines; a carriage return begins the line again, as a terminal would show it. */
class Lines {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  *add(chunk: Buffer): Generator<string> {
    this.#rest += this.#decoder.write(chunk);
    for (
      let at = this.#rest.indexOf("\n");
      at >= 0 || this.#rest.length > LONGEST_LINE;
      at = this.#rest.indexOf("\n")
    ) {
      const end = at >= 0 && at <= LONGEST_LINE ? at : LONGEST_LINE;
      yield lastOf(this.#rest.slice(0, end));
      this.#rest = this.#rest.slice(end === at ? end + 1 : end);
    }
  }

  *end(): Generator<string> {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = "";
    if (rest !== "") yield lastOf(rest);
  }
}

function lastOf(line: string): string {
  const text = line.endsWith("\r") ? line.slice(0, -1) : line;
  return text.slice(text.lastIndexOf("\r") + 1);
}
