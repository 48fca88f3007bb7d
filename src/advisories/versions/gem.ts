import { compareDigits, compareText, isDigits, MAX_VERSION_LENGTH } from "./digits.ts";

/** A version of RubyGems (documentation of Gem::Version): numbers and words, without the zeros in front of the first word. */
export interface GemVersion {
  readonly segments: readonly string[];
}

/** A hyphen begins a pre-release. Words that touch a number (`1gamma`) are read too, although RubyGems accepts them no more. */
export function parseGem(text: string): GemVersion | undefined {
  const trimmed = text.length <= MAX_VERSION_LENGTH ? text.trim() : "";
  if (!/^[0-9][0-9A-Za-z]*(?:\.[0-9A-Za-z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/.test(trimmed)) return undefined;
  const segments = trimmed.replaceAll("-", ".pre.").match(/[0-9]+|[A-Za-z]+/g) ?? [];
  const firstWord = segments.findIndex((each) => !isDigits(each));
  const release = firstWord < 0 ? segments : segments.slice(0, firstWord);
  const kept = release.findLastIndex((each) => /[1-9]/.test(each)) + 1;
  return { segments: [...release.slice(0, kept), ...segments.slice(release.length)] };
}

/** The order of Gem::Version: a word is older than a number, and what is missing counts as 0. Negative, 0 or positive. */
export function compareGem(a: GemVersion, b: GemVersion): number {
  for (let index = 0; index < Math.max(a.segments.length, b.segments.length); index++) {
    const left = a.segments[index] ?? "0";
    const right = b.segments[index] ?? "0";
    const difference =
      Number(isDigits(left)) - Number(isDigits(right)) ||
      (isDigits(left) ? compareDigits(left, right) : compareText(left, right));
    if (difference !== 0) return difference;
  }
  return 0;
}
