import type { VersionOrder } from "../versions/order-of.ts";

/** What a record says of one package (OSV schema, `affected[]`), as far as it decides about versions. */
export interface AffectedVersions {
  readonly versions?: readonly string[];
  readonly ranges?: readonly OsvRange[];
}

export interface OsvRange {
  readonly type: string;
  readonly events: readonly OsvEvent[];
}

/** An event has one of these; one that has more stands for as many events, in this order. */
export interface OsvEvent {
  readonly introduced?: string;
  readonly fixed?: string;
  readonly last_affected?: string;
  readonly limit?: string;
}

/** Whether a version is affected, and what decided that. `range` is the index in the record's `ranges`. */
export type OsvVerdict =
  | { readonly affected: "yes"; readonly because: Listed | InRange }
  /** Every range says so, each for its own reason, and `versions`, where the record has them. */
  | { readonly affected: "no"; readonly because: readonly Outside[] }
  | { readonly affected: "unknown"; readonly because: NoPlace };

/** `versions` names it, in this spelling. */
export interface Listed {
  readonly kind: "listed";
  readonly version: string;
}

/** It came with `introduced` ("0": from the first version on) and lasts until the next of the two, where there is one. */
export interface InRange {
  readonly kind: "in-range";
  readonly range: number;
  readonly introduced: string;
  readonly fixed: string | undefined;
  readonly lastAffected: string | undefined;
}

export type Outside =
  | { readonly kind: "before"; readonly range: number; readonly introduced: string }
  | { readonly kind: "fixed"; readonly range: number; readonly fixed: string }
  | { readonly kind: "after"; readonly range: number; readonly lastAffected: string }
  | { readonly kind: "over-limit"; readonly range: number; readonly limit: string }
  /** No event introduces it. */
  | { readonly kind: "empty"; readonly range: number }
  | { readonly kind: "not-listed" };

/** Why nothing can be said. */
export type NoPlace =
  /** The installed version, or one in an event, has no place in the order of the ecosystem. */
  | { readonly kind: "no-version"; readonly text: string }
  /** The type of packages has no order of versions. */
  | { readonly kind: "no-order" }
  /** The record has neither versions nor ranges, or only ranges of commits. */
  | { readonly kind: "no-versions" };

/**
 * OSV's evaluation (schema, "Evaluation"): a version is affected that `versions` names or that is in one of the ranges.
 * Where both hold, the range is told, which knows the fix. Events count from the oldest to the newest; those of the same
 * version in the order of the record. Ranges of type GIT are about commits and say nothing here. What has no place in the
 * order is affected if `versions` names it, and not affected if `versions` names others; without `versions` it is unknown.
 */
export function affects(of: AffectedVersions, version: string, order: VersionOrder | undefined): OsvVerdict {
  const versions = of.versions ?? [];
  const ranges = (of.ranges ?? []).entries().filter(([, { type }]) => type !== "GIT");
  const outcomes = ranges.map(([range, { events }]) => inRange(range, events, version, order)).toArray();

  const inside = outcomes.find((each) => each.kind === "in-range");
  if (inside !== undefined) return { affected: "yes", because: inside };
  if (versions.includes(version)) return { affected: "yes", because: { kind: "listed", version } };
  const same = versions.find((each) => mayBeEqual(each, version) && order?.compare(each, version) === 0);
  if (same !== undefined) return { affected: "yes", because: { kind: "listed", version: same } };

  const doubt = outcomes.find((each) => each.kind === "no-version" || each.kind === "no-order");
  if (versions.length === 0) {
    if (doubt !== undefined) return { affected: "unknown", because: doubt };
    if (outcomes.length === 0) return { affected: "unknown", because: { kind: "no-versions" } };
  }
  const outside: readonly Outside[] = outcomes.filter(isOutside);
  return { affected: "no", because: versions.length === 0 ? outside : [...outside, { kind: "not-listed" }] };
}

/**
 * Whether two spellings can be of one version, in whatever order: then they have the same digits, zeros left out, up to a `+`. Lists
 * have hundreds of versions, most of which this tells apart without reading them.
 */
function mayBeEqual(a: string, b: string): boolean {
  if (a.includes("+") || b.includes("+")) return true;
  return firstDigit(a) === firstDigit(b) && lastDigit(a) === lastDigit(b);
}

function firstDigit(text: string): string | undefined {
  let index = 0;
  while (index < text.length && !isNonZero(text.charCodeAt(index))) index++;
  return text[index];
}

function lastDigit(text: string): string | undefined {
  let index = text.length - 1;
  while (index >= 0 && !isNonZero(text.charCodeAt(index))) index--;
  return text[index];
}

function isNonZero(code: number): boolean {
  return code >= 0x31 && code <= 0x39;
}

type Outcome = InRange | Outside | Exclude<NoPlace, { kind: "no-versions" }>;

function isOutside(outcome: Outcome): outcome is Outside {
  return outcome.kind !== "in-range" && outcome.kind !== "no-version" && outcome.kind !== "no-order";
}

function inRange(
  range: number,
  events: readonly OsvEvent[],
  version: string,
  order: VersionOrder | undefined,
): Outcome {
  if (order === undefined) return { kind: "no-order" };
  const changes = events.flatMap(changesOf);
  const limits = events.flatMap(({ limit }) => (limit === undefined || limit === NO_LIMIT ? [] : [limit]));
  const strange = [version, ...changes.map(({ at }) => at), ...limits].find((each) => !order.has(each));
  if (strange !== undefined) return { kind: "no-version", text: strange };

  const highest = limits.toSorted((a, b) => order.compare(a, b) ?? 0).at(-1);
  const isUnlimited = highest === undefined || events.some(({ limit }) => limit === NO_LIMIT);
  if (!isUnlimited && order.compare(version, highest) !== -1) return { kind: "over-limit", range, limit: highest };

  const { last, next, first } = around(version, changes, order);
  if (last?.kind === "fixed") return { kind: "fixed", range, fixed: last.at };
  if (last?.kind === "last_affected") return { kind: "after", range, lastAffected: last.at };
  if (last === undefined) {
    return first === undefined ? { kind: "empty", range } : { kind: "before", range, introduced: first.at };
  }
  return {
    kind: "in-range",
    range,
    introduced: last.at,
    fixed: next?.kind === "fixed" ? next.at : undefined,
    lastAffected: next?.kind === "last_affected" ? next.at : undefined,
  };
}

/** "*" as a limit is behind every version, "0" as an event before every one. */
const NO_LIMIT = "*";
const FIRST = "0";

interface Change {
  readonly kind: "introduced" | "fixed" | "last_affected";
  readonly at: string;
}

function changesOf(event: OsvEvent): readonly Change[] {
  return (["introduced", "fixed", "last_affected"] as const).flatMap((kind) => {
    const at = event[kind];
    return at === undefined ? [] : [{ kind, at }];
  });
}

interface Around {
  /** The change that decides: of those that the version has reached the newest, and of introductions in a row the oldest. */
  readonly last: Change | undefined;
  /** The end that the version has still before it. */
  readonly next: Change | undefined;
  /** The oldest introduction of all. */
  readonly first: Change | undefined;
}

function around(version: string, changes: readonly Change[], order: VersionOrder): Around {
  const sorted = changes.toSorted((a, b) => comparePlaces(a.at, b.at, order));
  let last: Change | undefined;
  let next: Change | undefined;
  for (const change of sorted) {
    const distance = comparePlaces(version, change.at, order);
    if (distance > 0 || (distance === 0 && change.kind !== "last_affected")) {
      if (change.kind !== "introduced" || last?.kind !== "introduced") last = change;
      next = undefined;
    } else if (change.kind !== "introduced") next ??= change;
  }
  return { last, next, first: sorted.find(({ kind }) => kind === "introduced") };
}

function comparePlaces(a: string, b: string, order: VersionOrder): number {
  if (a === FIRST || b === FIRST) return Number(b === FIRST) - Number(a === FIRST);
  return order.compare(a, b) ?? 0;
}
