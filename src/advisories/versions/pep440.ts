import { compareDigits, compareText, isDigits, MAX_VERSION_LENGTH } from "./digits.ts";

/** A version of PEP 440, normalised: https://packaging.python.org/en/latest/specifications/version-specifiers/ . */
export interface Pep440Version {
  readonly epoch: string;
  /** Without zeros at the end. */
  readonly release: readonly string[];
  readonly pre: PreRelease | undefined;
  /** Digits, as those below; "" where the number is left out, which stands for 0. */
  readonly post: string | undefined;
  readonly dev: string | undefined;
  readonly local: readonly string[];
}

interface PreRelease {
  readonly phase: "a" | "b" | "rc";
  readonly number: string;
}

const VERSION = new RegExp(
  [
    /^v?(?:(?<epoch>[0-9]+)!)?(?<release>[0-9]+(?:\.[0-9]+)*)/,
    /(?:[-_.]?(?<phase>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<pre>[0-9]*))?/,
    /(?:-(?<implicit>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?<post>[0-9]*))?/,
    /(?:[-_.]?dev[-_.]?(?<dev>[0-9]*))?/,
    /(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/,
  ]
    .map((each) => each.source)
    .join(""),
);

/** Undefined for what PEP 440 takes for no version (`0.8.1p1`, `2013-06-01T10:32`). */
export function parsePep440(text: string): Pep440Version | undefined {
  if (text.length > MAX_VERSION_LENGTH) return undefined;
  const parts = VERSION.exec(text.trim().toLowerCase())?.groups;
  if (parts === undefined) return undefined;
  const { epoch = "", release = "", phase, pre = "", implicit, post = implicit, dev, local } = parts;
  return {
    epoch,
    release: release.replace(/(?:\.0+)+$/, "").split("."),
    pre: phase === undefined ? undefined : { phase: phaseOf(phase), number: pre },
    post,
    dev,
    local: local?.split(/[-_.]/) ?? [],
  };
}

function phaseOf(spelling: string): PreRelease["phase"] {
  if (spelling.startsWith("a")) return "a";
  return spelling.startsWith("b") ? "b" : "rc";
}

/** The order of PEP 440: negative, 0 or positive. */
export function comparePep440(a: Pep440Version, b: Pep440Version): number {
  return (
    compareDigits(a.epoch, b.epoch) ||
    compareRelease(a.release, b.release) ||
    comparePre(a, b) ||
    compareOptional(a.post, b.post, -1) ||
    compareOptional(a.dev, b.dev, 1) ||
    compareLocal(a.local, b.local)
  );
}

function compareRelease(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = compareDigits(a[index] ?? "", b[index] ?? "");
    if (difference !== 0) return difference;
  }
  return 0;
}

function comparePre(a: Pep440Version, b: Pep440Version): number {
  return phaseRank(a) - phaseRank(b) || compareDigits(a.pre?.number ?? "", b.pre?.number ?? "");
}

/** `1.dev1` comes before `1a1`, and `1` and `1.post1.dev1` behind `1rc1`. */
function phaseRank({ pre, post, dev }: Pep440Version): number {
  if (pre !== undefined) return 1 + ["a", "b", "rc"].indexOf(pre.phase);
  return post === undefined && dev !== undefined ? 0 : 4;
}

/** `missing`: where a version without the part stands, before (-1) or behind (1) those with it. */
function compareOptional(a: string | undefined, b: string | undefined, missing: -1 | 1): number {
  if (a === undefined) return b === undefined ? 0 : missing;
  return b === undefined ? -missing : compareDigits(a, b);
}

/** Numbers are newer than words, and more segments newer than fewer. */
function compareLocal(a: readonly string[], b: readonly string[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) return 1;
    const difference =
      Number(isDigits(left)) - Number(isDigits(right)) ||
      (isDigits(left) ? compareDigits(left, right) : compareText(left, right));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
