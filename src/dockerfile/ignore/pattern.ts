import { isSpace } from "../spaces.ts";

/**
 * A pattern as .dockerignore and `COPY --exclude` have them: what Go's filepath.Match knows (`*` and `?` never match a
 * slash, brackets, a backslash that takes the meaning off), and `**`, which is any text, slashes included.
 */
export interface Pattern {
  /** Cleaned, without `!`. */
  readonly text: string;
  /** `!`: what matches is taken back in. */
  readonly negated: boolean;
  readonly parts: readonly PatternPart[];
}

export type PatternPart =
  /** One character, by its code point. */
  | { readonly kind: "character"; readonly code: number }
  /** One character out of ranges, or none of them. */
  | { readonly kind: "class"; readonly ranges: readonly CharacterRange[]; readonly negated: boolean }
  /** Any character but a slash. */
  | { readonly kind: "any" }
  /** Any number of characters, none of them a slash. */
  | { readonly kind: "name" }
  /** Any number of characters. */
  | { readonly kind: "rest" }
  /** Nothing, or any text that ends with a slash. */
  | { readonly kind: "directories" };

export interface CharacterRange {
  readonly low: number;
  readonly high: number;
}

/** Why a text is no pattern. */
export class PatternProblem extends Error {}

/** No path is as long (PATH_MAX is 4096); what is longer only costs time. */
const MAX_LENGTH = 16_384;

/** Reads a pattern; undefined for one without any text. Throws PatternProblem. */
export function parsePattern(written: string): Pattern | undefined {
  if (written.length > MAX_LENGTH) throw new PatternProblem(`the pattern is longer than ${MAX_LENGTH} characters`);
  const trimmed = trimSpaces(written);
  if (trimmed === "") return undefined;
  const cleaned = cleanPath(trimmed);
  const negated = cleaned.startsWith("!");
  const text = negated ? cleaned.slice(1) : cleaned;
  if (text === "") throw new PatternProblem("there is no pattern behind !");
  return { text, negated, parts: new PatternReader(text).read() };
}

/** A path without doubled slashes, "." and what ".." undoes, by its text alone (Go's path.Clean); "." for nothing. */
export function cleanPath(path: string): string {
  const rooted = path.startsWith("/");
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (!rooted) parts.push(part);
  }
  const joined = parts.join("/");
  return rooted ? `/${joined}` : joined || ".";
}

export function trimSpaces(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

class PatternReader {
  readonly #codes: readonly number[];
  #at = 0;

  constructor(text: string) {
    this.#codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  }

  read(): readonly PatternPart[] {
    const parts: PatternPart[] = [];
    while (this.#at < this.#codes.length) parts.push(this.#part());
    // `**name` is any text that ends with name, where `**/name` asks for the name of a whole entry. So has it always been,
    // but for patterns with more than plain characters behind the stars.
    const [first, ...rest] = parts;
    const plain = rest.length > 0 && rest.every(({ kind }) => kind === "character") && !this.#codes.includes(BACKSLASH);
    if (first?.kind === "directories" && plain && this.#codes[2] !== SLASH) return [{ kind: "rest" }, ...rest];
    return parts;
  }

  #part(): PatternPart {
    const code = this.#take();
    switch (code) {
      case STAR:
        return this.#star();
      case QUESTION:
        return { kind: "any" };
      case BACKSLASH:
        return { kind: "character", code: this.#escaped() };
      case OPEN:
        return this.#class();
      default:
        return { kind: "character", code };
    }
  }

  #star(): PatternPart {
    if (this.#codes[this.#at] !== STAR) return { kind: "name" };
    this.#at++;
    if (this.#codes[this.#at] === SLASH) this.#at++;
    return { kind: this.#at === this.#codes.length ? "rest" : "directories" };
  }

  #class(): PatternPart {
    const negated = this.#codes[this.#at] === CARET;
    if (negated) this.#at++;
    const ranges: CharacterRange[] = [];
    while (ranges.length === 0 || this.#codes[this.#at] !== CLOSE) {
      const low = this.#member();
      let high = low;
      if (this.#codes[this.#at] === HYPHEN) {
        this.#at++;
        high = this.#member();
      }
      ranges.push({ low, high });
    }
    this.#at++;
    return { kind: "class", ranges, negated };
  }

  #member(): number {
    const code = this.#codes[this.#at];
    if (code === undefined) throw new PatternProblem("the bracket is never closed");
    if (code === HYPHEN || code === CLOSE) {
      const character = String.fromCodePoint(code);
      throw new PatternProblem(
        `${character} stands where a bracket needs a character; write \\${character} for itself`,
      );
    }
    this.#at++;
    return code === BACKSLASH ? this.#escaped() : code;
  }

  #escaped(): number {
    if (this.#at >= this.#codes.length) throw new PatternProblem("the backslash at its end has nothing to escape");
    return this.#take();
  }

  #take(): number {
    return this.#codes[this.#at++] ?? 0;
  }
}

const [STAR, QUESTION, BACKSLASH, OPEN, CLOSE, CARET, HYPHEN, SLASH] = Array.from("*?\\[]^-/", (character) =>
  character.charCodeAt(0),
) as [number, number, number, number, number, number, number, number];
