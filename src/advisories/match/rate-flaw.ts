import type { AdvisoryEntry, AdvisorySource, SeverityClaim } from "../advisory.ts";
import { severityOfLabel } from "../severity/grade.ts";
import { rate } from "../severity/rate.ts";
import { type Rating, UNRATED } from "../severity/severity.ts";
import { isCve } from "./same-flaw.ts";
import type { Verdict } from "./verdict.ts";

/**
 * How bad a flaw is, by the first that says so: what was said of this package alone; the records themselves; GitHub; NVD; what
 * other feeds have under its CVEs. Debian's urgencies come last: Debian assigns none any more, so that only old flaws have one, and
 * `unimportant` is about Debian's packages rather than the flaw.
 */
export function rateFlaw(verdicts: readonly Verdict[], names: readonly string[], source: AdvisorySource): Rating {
  const entries = verdicts.map(({ entry }) => entry);
  const ofPackage = entries.flatMap(({ rule }) => (rule.kind === "osv" ? (rule.severities ?? []) : []));
  const own = entries.flatMap(({ record }) => record.severities);
  const elsewhere = names.filter(isCve).flatMap((cve) => source.severitiesOf(cve));
  const lowly = [
    ...entries.flatMap(urgencyOf),
    ...(verdicts.some(({ unimportant }) => unimportant) ? [UNIMPORTANT] : []),
  ];
  if (ofPackage.length + own.length + elsewhere.length === 0) return lowly.length === 0 ? UNRATED : rate(lowly);

  const others = elsewhere.toSorted((a, b) => (a.source < b.source ? -1 : a.source > b.source ? 1 : 0));
  const all = [...own, ...others];
  const graded = all.filter((claim) => !isUrgency(claim));
  return rate([
    ...ofPackage,
    ...own.filter((claim) => claim.source !== "NVD" && !isUrgency(claim)),
    ...graded.filter((claim) => claim.source === "GHSA"),
    ...graded.filter((claim) => claim.source === "NVD"),
    ...graded,
    ...all,
    ...lowly,
  ]);
}

/** A word of Debian's is an urgency. */
function isUrgency({ source, type }: SeverityClaim): boolean {
  return source === "Debian" && type === "label";
}

const UNIMPORTANT: SeverityClaim = { source: "Debian", type: "label", value: "negligible" };

/** `low**` is low; `not yet assigned` and `end-of-life` are no severities. */
function urgencyOf({ rule }: AdvisoryEntry): readonly SeverityClaim[] {
  if (rule.kind !== "debian") return [];
  const value = rule.urgency.replace(/\*+$/, "");
  return severityOfLabel(value) === undefined ? [] : [{ source: "Debian", type: "label", value }];
}
