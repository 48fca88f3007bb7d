import type { FeedId } from "../../advisories/feed.ts";
import { SEVERITIES } from "../../advisories/severity/severity.ts";
import type { ImageFacts } from "../image-facts.ts";
import { itemsOf, SURFACE_KINDS } from "../surface-changes.ts";
import type { AssessedVulnerabilities, FindingCounts } from "../vulnerabilities.ts";

/** What a condition can be about, of one image. */
export type Quantity =
  /** Always known. */
  | { readonly kind: "plain"; readonly unit: "bytes" | "number"; readonly of: (facts: ImageFacts) => number }
  /** Counted on each level apart. `by`: the feed without which nobody knows it of a finding. */
  | {
      readonly kind: "findings";
      readonly unit: "number";
      readonly of: (counts: FindingCounts) => number;
      readonly by?: FeedId;
    }
  /** Of the scan as a whole. */
  | { readonly kind: "scan"; readonly unit: "number"; readonly of: (scan: AssessedVulnerabilities) => number };

const SEVERITIES_WORST_FIRST = SEVERITIES.toReversed();

/** All of them by the names that they have in conditions, in the order in which they are listed. */
export const QUANTITIES: ReadonlyMap<string, Quantity> = new Map<string, Quantity>([
  ["size.compressed", { kind: "plain", unit: "bytes", of: ({ sizes }) => sizes.compressed }],
  ["size.uncompressed", { kind: "plain", unit: "bytes", of: ({ sizes }) => sizes.uncompressed }],
  ["layers", { kind: "plain", unit: "number", of: ({ layers }) => layers.length }],
  ["files", { kind: "plain", unit: "number", of: ({ files }) => files.count }],
  ["packages", { kind: "plain", unit: "number", of: ({ packages }) => packages.length }],
  ["cves", { kind: "findings", unit: "number", of: ({ findings }) => findings }],
  ...SEVERITIES_WORST_FIRST.map((severity): [string, Quantity] => [
    `cves.${severity}`,
    { kind: "findings", unit: "number", of: ({ bySeverity }) => bySeverity[severity] },
  ]),
  ["cves.fixable", { kind: "findings", unit: "number", of: ({ fixable }) => fixable }],
  ["cves.kev", { kind: "findings", unit: "number", of: ({ exploited }) => exploited, by: "kev" }],
  ["unassessed", { kind: "scan", unit: "number", of: ({ packages }) => packages.none }],
  ["undecided", { kind: "scan", unit: "number", of: ({ undecided }) => undecided }],
  ["stale", { kind: "scan", unit: "number", of: ({ feeds }) => feeds.filter(({ stale }) => stale).length }],
  ...SURFACE_KINDS.map((kind): [string, Quantity] => [
    `surface.${kind}`,
    { kind: "plain", unit: "number", of: ({ surface }) => itemsOf(surface, kind).length },
  ]),
]);

/** Whether a condition about it needs a scan. */
export function needsScan(name: string): boolean {
  return QUANTITIES.get(name)?.kind !== "plain";
}
