import { compareDigits, compareText, isDigits, MAX_VERSION_LENGTH } from "./digits.ts";

/**
 * A version of Maven's (https://maven.apache.org/pom.html#version-order-specification): groups, each inside the one before
 * it. A group begins at a hyphen, at a change between digits and letters, and at every qualifier.
 */
export interface MavenVersion {
  readonly groups: readonly Group[];
}

interface Group {
  /** Lower case, its aliases resolved; undefined where the group begins with a number. */
  readonly qualifier: string | undefined;
  /** Without zeros at the end. */
  readonly numbers: readonly string[];
}

/** Those that are not here are newer, by the alphabet. "" is the release itself. */
const QUALIFIERS = ["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"];
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["cr", "rc"],
  ["ga", ""],
  ["final", ""],
  ["release", ""],
]);
const BEFORE_DIGITS: ReadonlyMap<string, string> = new Map([
  ["a", "alpha"],
  ["b", "beta"],
  ["m", "milestone"],
]);

/** With the separator behind it, or the end; without either it ends where digits and letters meet. */
const TOKEN = /([0-9]+|[^0-9.-]+|(?=[.-]))(?:([.-]|$)|(?=[^.-]))/g;

/** What consists of printable ASCII without spaces. */
export function parseMaven(text: string): MavenVersion | undefined {
  if (text.length > MAX_VERSION_LENGTH || !/^[!-~]+$/.test(text)) return undefined;
  const groups: { qualifier: string | undefined; numbers: string[] }[] = [];
  let joins = false;
  for (const [, token = "", separator] of text.toLowerCase().matchAll(TOKEN)) {
    const isNumber = token === "" || isDigits(token);
    if (!isNumber) groups.push({ qualifier: qualifierOf(token, separator === undefined), numbers: [] });
    else if (joins) groups.at(-1)?.numbers.push(token);
    else groups.push({ qualifier: undefined, numbers: [token] });
    joins = separator === ".";
  }
  return { groups: normalised(groups) };
}

function qualifierOf(token: string, touchesDigits: boolean): string {
  const whole = touchesDigits ? BEFORE_DIGITS.get(token) : undefined;
  return whole ?? ALIASES.get(token) ?? token;
}

/**
 * Takes away what counts as nothing at the end of each group. A group of which nothing is left still holds the numbers
 * inside it apart from those outside (1-0-1 < 1-1), but not a qualifier: Maven then has 1-0-rc < 1 < 1-sp < 1-0-rc.
 */
function normalised(groups: readonly Group[]): readonly Group[] {
  const kept: Group[] = [];
  for (const { qualifier, numbers } of groups.toReversed()) {
    const end = numbers.findLastIndex((each) => /[1-9]/.test(each)) + 1;
    const isNothing = end === 0 && (qualifier === undefined || qualifier === "");
    const inside = kept[0];
    if (isNothing && (inside === undefined || inside.qualifier !== undefined)) continue;
    kept.unshift({ qualifier: isNothing ? undefined : qualifier, numbers: numbers.slice(0, end) });
  }
  return kept;
}

/** The order of Maven's ComparableVersion: negative, 0 or positive. */
export function compareMaven(a: MavenVersion, b: MavenVersion): number {
  return compareFrom(a.groups, b.groups, 0);
}

type Item =
  | { readonly kind: "qualifier" | "number"; readonly text: string }
  | { readonly kind: "group"; readonly text: "" }
  | undefined;

function compareFrom(a: readonly Group[], b: readonly Group[], depth: number): number {
  const left = itemsAt(a, depth);
  const right = itemsAt(b, depth);
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const [one, other] = [left[index], right[index]];
    if (one?.kind === "group" || other?.kind === "group") {
      if (one?.kind === "number" || other?.kind === "qualifier") return 1;
      if (one?.kind === "qualifier" || other?.kind === "number") return -1;
      return compareFrom(one === undefined ? [] : a, other === undefined ? [] : b, depth + 1);
    }
    const difference = compareItems(one, other);
    if (difference !== 0) return difference;
  }
  return 0;
}

function itemsAt(groups: readonly Group[], depth: number): readonly Item[] {
  const group = groups[depth];
  if (group === undefined) return [];
  const items: Item[] = group.numbers.map((text) => ({ kind: "number", text }));
  if (group.qualifier !== undefined) items.unshift({ kind: "qualifier", text: group.qualifier });
  if (depth + 1 < groups.length) items.push({ kind: "group", text: "" });
  return items;
}

/** What one version lacks counts as 0 against a number, and as the release against a qualifier. */
function compareItems(a: Item, b: Item): number {
  if (a?.kind === "number" && b?.kind === "qualifier") return 1;
  if (a?.kind === "qualifier" && b?.kind === "number") return -1;
  if (a?.kind === "number" || b?.kind === "number") return compareDigits(a?.text ?? "", b?.text ?? "");
  return rankOf(a?.text ?? "") - rankOf(b?.text ?? "") || compareText(a?.text ?? "", b?.text ?? "");
}

function rankOf(qualifier: string): number {
  const rank = QUALIFIERS.indexOf(qualifier);
  return rank < 0 ? QUALIFIERS.length : rank;
}
