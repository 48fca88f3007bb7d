import { StringDecoder } from "node:string_decoder";
import { cancelled } from "../lib/cancel.ts";
import { DistillError } from "../lib/errors.ts";

const MAX_ANSWER = 64 * 1024;

/** Questions to somebody who sits at the terminal. The questions go to stderr; what is typed ahead answers the next one. */
export class Prompt {
  readonly #signal: AbortSignal;
  #typed = "";

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** True where there is somebody to ask. */
  static available(): boolean {
    return process.stdin.isTTY === true && process.stderr.isTTY === true;
  }

  /** One line; `hidden` is not shown while it is typed. CANCELLED at Ctrl-C or the end of the input. */
  async ask(question: string, { hidden }: { readonly hidden: boolean }): Promise<string> {
    // Before the question: whoever answers it at once is not shown what was typed.
    if (hidden) process.stdin.setRawMode(true);
    process.stderr.write(question);
    try {
      return await this.#line(hidden);
    } finally {
      if (hidden) {
        process.stdin.setRawMode(false);
        process.stderr.write("\n");
      }
      process.stdin.pause();
    }
  }

  #line(hidden: boolean): Promise<string> {
    const decoder = new StringDecoder("utf8");
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        process.stdin.off("data", onData).off("end", onEnd).off("error", onEnd);
        this.#signal.removeEventListener("abort", onEnd);
        settle();
      };
      const onEnd = (): void => end(() => reject(cancelled()));
      const take = (): void => {
        const [line, rest] = hidden ? editedLine(this.#typed) : cookedLine(this.#typed);
        const endless = line === undefined && this.#typed.length > MAX_ANSWER;
        if (line === "interrupted" || endless) {
          onEnd();
        } else if (line !== undefined) {
          this.#typed = rest;
          end(() => resolve(line.text));
        }
      };
      const onData = (chunk: Buffer): void => {
        this.#typed += decoder.write(chunk);
        take();
      };
      process.stdin.on("data", onData).on("end", onEnd).on("error", onEnd);
      this.#signal.addEventListener("abort", onEnd, { once: true });
      process.stdin.resume();
      if (this.#signal.aborted) onEnd();
      else take();
    });
  }
}

/** One key: the sequence that an arrow sends, or a character. */
const KEYS = /\x1b\[[0-9;]*[A-Za-z~]|./gsu;

type Line = { readonly text: string } | "interrupted" | undefined;

/** A line that the terminal itself let its user edit. */
function cookedLine(typed: string): readonly [Line, string] {
  const end = typed.search(/[\r\n]/);
  return end < 0 ? [undefined, typed] : [{ text: typed.slice(0, end) }, afterLine(typed, end)];
}

/** A line of single keys (termios' raw mode): with rubbing out, without arrows and their like. */
function editedLine(typed: string): readonly [Line, string] {
  const keys: string[] = [];
  for (const { 0: key, index } of typed.matchAll(KEYS)) {
    if (key === "\r" || key === "\n") return [{ text: keys.join("") }, afterLine(typed, index)];
    if (key === "\x03" || (key === "\x04" && keys.length === 0)) return ["interrupted", ""];
    if (key === "\x7f" || key === "\b") keys.pop();
    else if (key === "\x15") keys.length = 0;
    else if (key >= " " && key.codePointAt(0) !== 0x1b) keys.push(key);
  }
  return [undefined, typed];
}

function afterLine(typed: string, end: number): string {
  return typed.slice(end + (typed.startsWith("\r\n", end) ? 2 : 1));
}

/** What a password on standard input is: all of it, without the end of its line. USAGE where there is none. */
export async function readSecretFromInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    size += (chunk as Buffer).length;
    if (size > MAX_ANSWER) {
      throw new DistillError("USAGE", `the password on standard input has more than ${MAX_ANSWER} bytes`, {
        hint: "see that the right thing is piped into distill login",
      });
    }
    chunks.push(chunk as Buffer);
  }
  const text = Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
  if (text !== "") return text;
  throw new DistillError("USAGE", "there is no password on standard input", {
    hint: "pipe it in: distill login -u USER --password-stdin HOST < FILE",
  });
}
