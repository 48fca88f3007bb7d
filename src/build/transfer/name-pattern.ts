import { type PatternPart, PatternProblem, parsePattern } from "../../dockerfile/ignore/pattern.ts";
import { DistillError } from "../../lib/errors.ts";

/** Tells which names of a directory one component of a source stands for. */
export type NameMatcher = (name: string) => boolean;

/** True where a path of COPY or ADD is more than a path: it holds `*`, `?` or a bracket that no backslash precedes. */
export function hasPattern(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "\\") at++;
    else if (character === "*" || character === "?" || character === "[") return true;
  }
  return false;
}

/**
 * A component of a source path as Go's filepath.Match reads it. Takes time in proportion to pattern and name, however many
 * stars there are. CONFIG_INVALID for what is no pattern.
 */
export function nameMatcher(component: string): NameMatcher {
  const parts = partsOf(component);
  return (name) => matches(parts, codesOf(name));
}

/** Two stars in a row are one here: there is no slash in a name. */
function partsOf(component: string): readonly PatternPart[] {
  // A blank at an end counts here, and an exclamation mark is a character like others.
  const quoted = component
    .replace(/\*+/g, "*")
    .replace(/^[!\s]/, "\\$&")
    .replace(/(\s)$/, "\\$1");
  try {
    return parsePattern(quoted)?.parts ?? [];
  } catch (error) {
    if (!(error instanceof PatternProblem)) throw error;
    throw new DistillError("CONFIG_INVALID", `${component} is no pattern: ${error.message}`, {
      hint: "write \\[ for a bracket that is part of the name, or [[] as in arr[[]0].txt",
      cause: error,
    });
  }
}

/** Bytes that are no UTF-8 are characters that nobody can write. */
function codesOf(bytes: string): readonly number[] {
  const text = /[\x80-\xff]/.test(bytes) ? Buffer.from(bytes, "latin1").toString("utf8") : bytes;
  return Array.from(text, (character) => character.codePointAt(0) ?? 0);
}

/** Only the last star is ever widened: what stood before it fits as early as it can. */
function matches(parts: readonly PatternPart[], codes: readonly number[]): boolean {
  let [part, code] = [0, 0];
  let [star, from] = [-1, 0];
  while (code < codes.length) {
    const current = parts[part];
    if (current !== undefined && isMany(current)) {
      [star, from] = [part, code];
      part++;
    } else if (current !== undefined && fits(current, codes[code] ?? 0)) {
      part++;
      code++;
    } else if (star >= 0) {
      from++;
      [part, code] = [star + 1, from];
    } else return false;
  }
  return parts.slice(part).every(isMany);
}

function isMany({ kind }: PatternPart): boolean {
  return kind === "name" || kind === "rest" || kind === "directories";
}

function fits(part: PatternPart, code: number): boolean {
  switch (part.kind) {
    case "character":
      return part.code === code;
    case "any":
      return true;
    case "class":
      return part.ranges.some(({ low, high }) => low <= code && code <= high) !== part.negated;
    default:
      return false;
  }
}
