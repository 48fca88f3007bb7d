import { compareDigits, compareText, MAX_VERSION_LENGTH } from "./digits.ts";

/** A version of Alpine's (APKBUILD(5), "pkgver"): `1.2.3b_rc1_p2~a1b2c3-r4`. */
export interface ApkVersion {
  readonly parts: readonly Part[];
}

interface Part {
  readonly kind: Kind;
  readonly text: string;
}

type Kind = "first" | "number" | "letter" | "before" | "after" | "count" | "hash" | "revision";

/** Where one version goes on with one kind and another with a different one, or ends, the kind that stands later is newer. */
const KINDS: readonly (Kind | "end")[] = [
  "before",
  "end",
  "revision",
  "hash",
  "count",
  "after",
  "letter",
  "number",
  "first",
];

const BEFORE_RELEASE = ["alpha", "beta", "pre", "rc"];
const AFTER_RELEASE = ["cvs", "svn", "git", "hg", "p"];

// A letter may be followed by a number (`1.9.5p2`): apk-tools 2 orders such versions, which Alpine has published.
const WHOLE = /^[0-9]+(?:\.[0-9]+|[a-z](?:[0-9]+|(?![a-z])))*(?:_[a-z]+[0-9]*)*(?:~[0-9a-f]+)?(?:-r[0-9]+)?$/;
const PART = /_([a-z]+)([0-9]*)|~([0-9a-f]+)|-r([0-9]+)|([a-z])|\.?([0-9]+)/g;

/** Undefined for what apk takes for no version. */
export function parseApk(text: string): ApkVersion | undefined {
  if (text.length > MAX_VERSION_LENGTH || !WHOLE.test(text)) return undefined;
  const parts: Part[] = [];
  for (const [, suffix, count, hash, revision, letter, number] of text.matchAll(PART)) {
    if (suffix !== undefined) {
      const isBefore = BEFORE_RELEASE.includes(suffix);
      if (!isBefore && !AFTER_RELEASE.includes(suffix)) return undefined;
      parts.push({ kind: isBefore ? "before" : "after", text: suffix });
      if (count) parts.push({ kind: "count", text: count });
    } else if (hash !== undefined) parts.push({ kind: "hash", text: hash });
    else if (revision !== undefined) parts.push({ kind: "revision", text: revision });
    else if (letter !== undefined) parts.push({ kind: "letter", text: letter });
    else if (number !== undefined) parts.push({ kind: parts.length === 0 ? "first" : "number", text: number });
  }
  return { parts };
}

/** The order of `apk version -t`: negative, 0 or positive. */
export function compareApk(a: ApkVersion, b: ApkVersion): number {
  for (let index = 0; index < Math.max(a.parts.length, b.parts.length); index++) {
    const difference = comparePart(a.parts[index], b.parts[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function comparePart(a: Part | undefined, b: Part | undefined): number {
  if (a === undefined || b === undefined || a.kind !== b.kind) {
    return KINDS.indexOf(a?.kind ?? "end") - KINDS.indexOf(b?.kind ?? "end");
  }
  switch (a.kind) {
    case "before":
      return BEFORE_RELEASE.indexOf(a.text) - BEFORE_RELEASE.indexOf(b.text);
    case "after":
      return AFTER_RELEASE.indexOf(a.text) - AFTER_RELEASE.indexOf(b.text);
    case "number":
      // Behind the first dot a leading zero makes it a fraction: 1.01 < 1.1.
      return a.text.startsWith("0") || b.text.startsWith("0")
        ? compareText(a.text, b.text)
        : compareDigits(a.text, b.text);
    case "letter":
    case "hash":
      return compareText(a.text, b.text);
    default:
      return compareDigits(a.text, b.text);
  }
}
