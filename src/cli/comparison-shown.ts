import type { Comparison } from "../compare/compare.ts";
import type { Outcome } from "../compare/conditions/check-conditions.ts";
import { comparisonReport } from "../ui/comparison.ts";
import { reportMarkdown } from "../ui/report-markdown.ts";
import { reportText } from "../ui/report-text.ts";
import { verdictOf } from "../ui/verdict.ts";

/** Of the JSON; a field that is new changes nothing, another meaning of one does. */
const JSON_VERSION = 1;

/** A comparison in the form that was asked for; conditions are told in JSON. */
export function comparisonText(
  comparison: Comparison,
  outcomes: readonly Outcome[],
  format: "table" | "json" | "markdown",
): string {
  if (format === "json") {
    const conditions = outcomes.map(({ condition, answer, reason, readings }) => ({
      ...{ condition: condition.text, answer, reason, readings },
    }));
    return `${JSON.stringify({ version: JSON_VERSION, verdict: verdictOf(comparison), ...comparison, conditions }, null, 2)}\n`;
  }
  const report = comparisonReport(comparison);
  return format === "table" ? reportText(report) : reportMarkdown(report);
}
