import type { FeedId } from "../../advisories/feed.ts";
import { FEED_NAMES } from "../../advisories/feed-names.ts";
import type { Comparison } from "../compare.ts";
import type { AssessedVulnerabilities, FindingCounts, FindingLevel, Vulnerabilities } from "../vulnerabilities.ts";
import { type Condition, meets } from "./condition.ts";
import { QUANTITIES } from "./quantity.ts";

/** What became of a condition. */
export interface Outcome {
  readonly condition: Condition;
  /** `unanswered` counts as met: what nobody could look at is not in order. */
  readonly answer: "met" | "not-met" | "unanswered";
  /** Why there is no answer; null where there is one. */
  readonly reason: string | null;
  /** The numbers that it went by: one, or of findings one for each level that packages were looked at on. */
  readonly readings: readonly Reading[];
}

export interface Reading {
  /** Null for what has no levels. */
  readonly level: FindingLevel | null;
  readonly a: number | null;
  readonly b: number;
  readonly met: boolean;
}

/** Holds conditions against a comparison. */
export function checkConditions(conditions: readonly Condition[], comparison: Comparison): readonly Outcome[] {
  return conditions.map((condition) => check(condition, comparison));
}

function check(condition: Condition, comparison: Comparison): Outcome {
  const { a, b } = comparison;
  const quantity = QUANTITIES.get(condition.quantity);
  if (quantity === undefined) throw new Error(`no quantity ${condition.quantity}`);
  switch (quantity.kind) {
    case "plain":
      return answered(condition, [reading(condition, null, quantity.of(a), quantity.of(b))]);
    case "scan":
      return (
        unanswerable(condition, comparison) ?? answered(condition, [scanReading(condition, quantity.of, comparison)])
      );
    case "findings":
      return (
        unanswerable(condition, comparison) ??
        withoutFeed(condition, quantity.by, comparison) ??
        answered(condition, findingReadings(condition, quantity.of, comparison))
      );
  }
}

function answered(condition: Condition, readings: readonly Reading[]): Outcome {
  const isMet = readings.some(({ met }) => met);
  return { condition, answer: isMet ? "met" : "not-met", reason: null, readings };
}

/** Where there is nothing to go by: of B, or for a change of both. */
function unanswerable(condition: Condition, { b, difference }: Comparison): Outcome | undefined {
  const without = (reason: string): Outcome => ({ condition, answer: "unanswered", reason, readings: [] });
  if (b.vulnerabilities.status === "unassessed") return without(`B is unassessed: ${b.vulnerabilities.reason}`);
  const { obstacles } = difference.vulnerabilities;
  return condition.limit.kind === "number" || obstacles.length === 0 ? undefined : without(obstacles.join("; "));
}

/** Where there are findings, and not the data by which they would be told apart. */
function withoutFeed(condition: Condition, feed: FeedId | undefined, { a, b }: Comparison): Outcome | undefined {
  if (feed === undefined) return undefined;
  const lacks = ({ vulnerabilities: side }: Comparison["a"]): boolean =>
    side.status === "assessed" && side.findings.length > 0 && !side.feeds.some((each) => each.feed === feed);
  if (!lacks(b) && (condition.limit.kind === "number" || !lacks(a))) return undefined;
  return { condition, answer: "unanswered", reason: `there is no data of ${FEED_NAMES[feed]} here`, readings: [] };
}

function scanReading(
  condition: Condition,
  of: (scan: AssessedVulnerabilities) => number,
  { a, b }: Comparison,
): Reading {
  const count = (side: Vulnerabilities): number | null => (side.status === "assessed" ? of(side) : null);
  return reading(condition, null, count(a.vulnerabilities), count(b.vulnerabilities) ?? 0);
}

/** Missed fixes are held against missed fixes, and what is known in full against the like; they are never added. */
function findingReadings(
  condition: Condition,
  of: (counts: FindingCounts) => number,
  { a, b }: Comparison,
): readonly Reading[] {
  const [before, after] = [a.vulnerabilities, b.vulnerabilities];
  if (after.status === "unassessed") return [];
  const isThere = (side: Vulnerabilities, level: FindingLevel): boolean =>
    // Findings may be of packages that could not be assessed.
    side.status === "assessed" && (side.packages[level] > 0 || side[level].findings > 0);
  const isChange = condition.limit.kind !== "number";
  return (["full", "fixesOnly"] as const)
    .filter((level) => isThere(after, level) || (isChange && isThere(before, level)))
    .map((level) => {
      const count = before.status === "assessed" ? of(before[level]) : null;
      return reading(condition, level, count, of(after[level]));
    });
}

function reading(condition: Condition, level: FindingLevel | null, a: number | null, b: number): Reading {
  return { level, a, b, met: meets(condition, a ?? 0, b) };
}
