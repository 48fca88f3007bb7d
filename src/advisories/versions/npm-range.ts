import { compareSemver, parseSemver, type Semver } from "./semver.ts";

/** A range of versions as npm writes them (docs.npmjs.com, semver "Ranges"): any of these, each of which asks for all its bounds. */
export type NpmRange = readonly (readonly Bound[])[];

interface Bound {
  /** A version is in front of it, or it is not. */
  readonly side: "before" | "from" | "behind" | "up to";
  readonly version: Semver;
  readonly text: string;
}

const MAX_LENGTH = 4000;
const NUMBER = "(?:0|[1-9][0-9]{0,8})";
const COMPARATOR = new RegExp(
  `^(?<sign>[<>]=?|[=^]?)v?(?:[xX*]|(?<numbers>${NUMBER}(?:\\.${NUMBER}){0,2}))(?<more>(?:\\.[xX*]){0,2})(?<pre>-[0-9A-Za-z.-]+)?$`,
);

/**
 * Undefined for what is no range, or one in a form that Node.js' index does not use (`1.0 - 2.0`, `~1.2`). Pre-releases belong
 * where their place in the order is, as with npm's `includePrerelease`.
 */
export function parseNpmRange(text: string): NpmRange | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const alternatives = text.split("||").map((each) => {
    const words = each
      .replaceAll(/([<>=^])\s+/g, "$1")
      .trim()
      .split(/\s+/);
    const bounds = words.map((word) => (word === "" ? [] : boundsOf(word)));
    return bounds.every((all) => all !== undefined) ? bounds.flat() : undefined;
  });
  return alternatives.every((all) => all !== undefined) ? alternatives : undefined;
}

export function isInNpmRange(version: Semver, range: NpmRange): boolean {
  return range.some((bounds) => bounds.every((bound) => isWithin(version, bound)));
}

/** Where each alternative begins, as it is written there; those that begin nowhere are left out. */
export function startsOf(range: NpmRange): readonly { readonly version: Semver; readonly text: string }[] {
  return range.flatMap((bounds) => {
    const starts = bounds.filter(({ side }) => side === "from").sort((a, b) => compareSemver(b.version, a.version));
    return starts.slice(0, 1).map(({ version, text }) => ({ version, text: text.replace(/-0$/, "") }));
  });
}

function isWithin(version: Semver, { side, version: bound }: Bound): boolean {
  const distance = compareSemver(version, bound);
  if (side === "before") return distance < 0;
  if (side === "from") return distance >= 0;
  return side === "behind" ? distance > 0 : distance <= 0;
}

function boundsOf(word: string): readonly Bound[] | undefined {
  const parts = COMPARATOR.exec(word)?.groups;
  if (parts === undefined) return undefined;
  const { sign = "", numbers, more = "", pre = "" } = parts;
  const known = numbers?.split(".") ?? [];
  if (known.length + more.length / 2 > 3 || (known.length < 3 && pre !== "")) return undefined;
  if (known.length === 0) return sign === "<" || sign === ">" ? bound("before", "0.0.0-0") : [];
  const isWhole = known.length === 3;
  const start = isWhole ? `${known.join(".")}${pre}` : `${filled(known)}-0`;
  switch (sign) {
    case ">=":
      return bound("from", start);
    case "<":
      return bound("before", start);
    case ">":
      return isWhole ? bound("behind", start) : bound("from", behind(known, known.length));
    case "<=":
      return isWhole ? bound("up to", start) : bound("before", behind(known, known.length));
    case "^":
      return between(start, behind(known, caretPlaces(known)));
    default:
      return isWhole
        ? joined(bound("from", start), bound("up to", start))
        : between(start, behind(known, known.length));
  }
}

/** A caret lets what is behind the first number that is not 0 change. */
function caretPlaces(known: readonly string[]): number {
  const first = known.findIndex((each) => Number(each) !== 0);
  return first < 0 ? known.length : first + 1;
}

function between(from: string, before: string): readonly Bound[] | undefined {
  return joined(bound("from", from), bound("before", before));
}

function joined(
  lower: readonly Bound[] | undefined,
  upper: readonly Bound[] | undefined,
): readonly Bound[] | undefined {
  return lower === undefined || upper === undefined ? undefined : [...lower, ...upper];
}

/** The first version behind all that begin with the first `places` numbers. */
function behind(known: readonly string[], places: number): string {
  const next = known.slice(0, places).map((each, index) => (index === places - 1 ? String(Number(each) + 1) : each));
  return `${filled(next)}-0`;
}

function filled(numbers: readonly string[]): string {
  return [...numbers, "0", "0"].slice(0, 3).join(".");
}

function bound(side: Bound["side"], text: string): readonly Bound[] | undefined {
  const version = parseSemver(text);
  return version === undefined ? undefined : [{ side, version, text }];
}
