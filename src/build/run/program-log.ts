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
  readonly #streams: Readonly<Record<"stdout" | "stderr", Lines>>;
  #kept: string[] = [];
  #size = 0;
  #left = 0;

  constructor(task: Task | undefined, secrets: readonly Uint8Array[]) {
    this.#task = task;
    this.#secrets = maskedTexts(secrets);
    const reach = this.#secrets[0]?.length ?? 0;
    const mask = (text: string): string => this.#masked(text);
    this.#streams = { stdout: new Lines(mask, reach), stderr: new Lines(mask, reach) };
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

  #masked(text: string): string {
    return this.#secrets.reduce((masked, secret) => masked.replaceAll(secret, HIDDEN), text);
  }

  #line(line: string): void {
    const shown = this.#masked(line);
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

/**
 * Text in lines; a carriage return begins the line again, as a terminal would show it. One that is too long is masked before it
 * is cut, and not cut before all of what might have to be masked there has come: `reach` characters.
 */
class Lines {
  readonly #decoder = new StringDecoder("utf8");
  readonly #mask: (text: string) => string;
  readonly #reach: number;
  #rest = "";

  constructor(mask: (text: string) => string, reach: number) {
    this.#mask = mask;
    this.#reach = reach;
  }

  *add(chunk: Buffer): Generator<string> {
    this.#rest += this.#decoder.write(chunk);
    for (;;) {
      const at = this.#rest.indexOf("\n");
      if (at < 0 && this.#rest.length <= LONGEST_LINE + this.#reach) return;
      if (at >= 0 && at <= LONGEST_LINE) {
        yield lastOf(this.#rest.slice(0, at));
        this.#rest = this.#rest.slice(at + 1);
      } else {
        yield* this.#cut();
      }
    }
  }

  /** The beginning of a line that is too long; nothing, where masking made it short enough. */
  *#cut(): Generator<string> {
    this.#rest = this.#mask(this.#rest);
    const at = this.#rest.indexOf("\n");
    if (at >= 0 ? at <= LONGEST_LINE : this.#rest.length <= LONGEST_LINE) return;
    yield lastOf(this.#rest.slice(0, LONGEST_LINE));
    this.#rest = this.#rest.slice(LONGEST_LINE);
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
