/**
 * Patterns of ${name#pattern} and its kind: `*` is any text, `?` any character, a backslash takes the meaning off `*`, `?`
 * and itself; brackets are characters like others (POSIX 2.6.2 without 2.14.1's bracket expressions).
 */
export interface Glob {
  /** What stands between the stars; a character, or `null` for any. */
  readonly parts: readonly (readonly (string | null)[])[];
}

/** Steps of comparing above which a pattern is refused: far above any real one, and a fraction of a second. */
const MAX_STEPS = 20_000_000;

/** The pattern, or what is wrong with it. */
export function readGlob(pattern: string): Glob | string {
  const parts: (string | null)[][] = [[]];
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (character === "*") parts.push([]);
    else if (character === "?") parts.at(-1)?.push(null);
    else if (character !== "\\") parts.at(-1)?.push(character);
    else {
      const next = characters[at + 1];
      // The escape of } and / is ${}'s, and means nothing here.
      if (next === "}" || next === "/") continue;
      if (next !== "*" && next !== "?" && next !== "\\") return `\\${next ?? ""} means nothing in a pattern`;
      parts.at(-1)?.push(next);
      at++;
    }
  }
  return { parts };
}

/** `text` without the part at its start that the pattern matches, the shortest or the longest. */
export function withoutPrefix(text: string, glob: Glob, longest: boolean): string {
  const characters = [...text];
  const end = new Matcher(characters, glob).end(0, longest);
  return end === undefined ? text : characters.slice(end).join("");
}

/** `text` without the part at its end that the pattern matches, the shortest or the longest. */
export function withoutSuffix(text: string, glob: Glob, longest: boolean): string {
  const reversed = { parts: glob.parts.map((part) => part.toReversed()).toReversed() };
  const characters = [...text].reverse();
  const end = new Matcher(characters, reversed).end(0, longest);
  return end === undefined ? text : characters.slice(end).reverse().join("");
}

/** `text` with the first match of the pattern replaced, or all of them; each is the longest at its place. */
export function replaceMatches(text: string, glob: Glob, replacement: string, all: boolean): string {
  const characters = [...text];
  const matcher = new Matcher(characters, glob);
  const result: string[] = [];
  let copied = 0;
  for (let at = 0; at <= characters.length; ) {
    const match = matcher.find(at);
    if (match === undefined) break;
    const { start, end } = match;
    // Nothing is found right behind a match: an empty one there would be a second answer to the same place.
    if (end > start || start > copied || copied === 0) {
      result.push(characters.slice(copied, start).join(""), replacement);
      copied = end;
      if (!all) break;
    }
    at = end > start ? end : end + 1;
  }
  return result.join("") + characters.slice(copied).join("");
}

/** Thrown where a pattern takes too long. */
export class GlobTooCostly extends Error {}

class Matcher {
  readonly #text: readonly string[];
  readonly #glob: Glob;
  #steps = 0;

  constructor(text: readonly string[], glob: Glob) {
    this.#text = text;
    this.#glob = glob;
  }

  /** Where the shortest or the longest match that begins at `start` ends. */
  end(start: number, longest: boolean): number | undefined {
    const [first = [], ...rest] = this.#glob.parts;
    if (!this.#matches(first, start)) return undefined;
    let at = start + first.length;
    for (const [index, part] of rest.entries()) {
      const last = index === rest.length - 1;
      const found = last && longest ? this.#last(part, at) : this.#next(part, at);
      if (found === undefined) return undefined;
      at = found + part.length;
    }
    return at;
  }

  /** The first place from `from` on where the pattern matches, and the longest match there. */
  find(from: number): { start: number; end: number } | undefined {
    const [first = []] = this.#glob.parts;
    const start = this.#next(first, from);
    // What follows a star is found or not, wherever the first part stands: an earlier one has more room.
    const end = start === undefined ? undefined : this.end(start, true);
    return start === undefined || end === undefined ? undefined : { start, end };
  }

  #next(part: readonly (string | null)[], from: number): number | undefined {
    for (let at = from; at + part.length <= this.#text.length; at++) if (this.#matches(part, at)) return at;
    return undefined;
  }

  #last(part: readonly (string | null)[], from: number): number | undefined {
    for (let at = this.#text.length - part.length; at >= from; at--) if (this.#matches(part, at)) return at;
    return undefined;
  }

  #matches(part: readonly (string | null)[], at: number): boolean {
    if (at + part.length > this.#text.length) return false;
    for (const [index, wanted] of part.entries()) {
      if (++this.#steps > MAX_STEPS) throw new GlobTooCostly("the pattern is too long for this text");
      if (wanted !== null && wanted !== this.#text[at + index]) return false;
    }
    return true;
  }
}
