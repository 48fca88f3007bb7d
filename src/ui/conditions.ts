import type { Comparison } from "../compare/compare.ts";
import type { Outcome, Reading } from "../compare/conditions/check-conditions.ts";
import { fixSources, LEVEL_NOUNS } from "./compared-findings.ts";
import { count, formatBytes } from "./format.ts";

/** A line for each condition that is met or has no answer, and one for each thing that the other answers leave out. */
export function conditionLines(outcomes: readonly Outcome[], comparison: Comparison): readonly string[] {
  return [...outcomes.flatMap(failureLine), ...limitLines(outcomes, comparison)];
}

function failureLine({ condition: { text }, answer, reason, readings }: Outcome): readonly string[] {
  if (answer === "not-met") return [];
  if (answer === "unanswered") return [`"${text}" cannot be answered, which counts as met: ${reason}`];
  const isSize = text.startsWith("size.");
  return [
    `"${text}" is met: ${readings
      .filter(({ met }) => met)
      .map((each) => readingText(each, isSize))
      .join("; ")}`,
  ];
}

function readingText({ level, a, b }: Reading, isSize: boolean): string {
  const shown = (value: number): string => (isSize ? `${formatBytes(value)} (${value})` : String(value));
  const noun = level === null ? "" : ` (${LEVEL_NOUNS[level]})`;
  return `B has ${shown(b)}${noun}, A ${a === null ? "is unassessed" : `${shown(a)}${changeText(a, b)}`}`;
}

/** With two decimals where it is no whole percentage. */
function changeText(a: number, b: number): string {
  if (a === b) return ", the same";
  if (a === 0) return "";
  const percent = Math.round(((b - a) / a) * 10_000) / 100;
  return `, which is ${percent > 0 ? "+" : ""}${percent}%`;
}

/** What conditions about findings cannot see, told once for all of them. */
function limitLines(outcomes: readonly Outcome[], { b: { vulnerabilities } }: Comparison): readonly string[] {
  const names = outcomes
    .filter(({ answer, condition }) => answer !== "unanswered" && /^cves\b/.test(condition.quantity))
    .map(({ condition }) => condition.quantity);
  if (names.length === 0 || vulnerabilities.status === "unassessed") return [];
  const { packages, full, fixesOnly } = vulnerabilities;
  const all = packages.full + packages.fixesOnly + packages.none;
  const ungraded = full.bySeverity.unknown + fixesOnly.bySeverity.unknown;
  const isGraded = names.some((name) => /^cves\.(?:critical|high|medium|low|negligible)$/.test(name));
  const asksUngraded = names.some((name) => name === "cves" || name === "cves.unknown");
  return [
    ...(packages.fixesOnly > 0
      ? [
          `of ${packages.fixesOnly} of the ${count(all, "package")} of B, missed fixes alone are counted: open flaws are unknown, only ${fixSources([vulnerabilities])} could be asked`,
        ]
      : []),
    ...(packages.none > 0
      ? [
          `${packages.none} of the ${count(all, "package")} of B could not be looked at ("unassessed > 0" is met by that)`,
        ]
      : []),
    ...(isGraded && !asksUngraded && ungraded > 0
      ? [
          `${count(ungraded, "finding")} of B ${ungraded === 1 ? "has" : "have"} no severity ("cves.unknown > 0" is met by that)`,
        ]
      : []),
  ];
}
