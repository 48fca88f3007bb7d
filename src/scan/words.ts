import type { Finding, ScanLayer, ScanLocation } from "./report.ts";

const STATES: Readonly<Record<Finding["state"], string>> = {
  fixed: "fix available",
  "not-fixed": "open",
  "wont-fix": "won't fix",
  deferred: "deferred",
  "end-of-life": "end of life",
};

/** What is to be expected of a fix, and what was said of the finding. */
export function stateText({ state, unimportant, statement }: Finding): string {
  const notes = [
    ...(unimportant ? ["unimportant"] : []),
    ...(statement === undefined ? [] : [`VEX: ${statement.status.replaceAll("_", " ")}`]),
  ];
  return [STATES[state], ...notes].join(", ");
}

/** "1 package", "2 packages". */
export function amount(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** "high (7.5)", "high", "unknown". */
export function severityText({ rating: { severity, score } }: Pick<Finding, "rating">): string {
  return score === undefined ? severity : `${severity} (${score.toFixed(1)})`;
}

/** That a flaw is exploited, or how likely that is: "KEV, EPSS 12%". */
export function marksOf({ exploited, likelihood }: Pick<Finding, "exploited" | "likelihood">): string {
  return [
    ...(exploited === undefined ? [] : [exploited.ransomware ? "KEV (ransomware)" : "KEV"]),
    ...(likelihood === undefined ? [] : [`EPSS ${percentText(likelihood.score)}`]),
  ].join(", ");
}

/** "/usr/lib/x.jar!/inside.jar" */
export function locationText({ path, inside }: ScanLocation): string {
  return `/${path}${inside === undefined ? "" : `!/${inside.replace(/^\/+/, "")}`}`;
}

/** "layer 3, stage build, line 12: RUN make" */
export function layerText({ number, diffID, instruction, stage, line }: ScanLayer): string {
  const place = [
    ...(number === undefined ? (diffID === undefined ? [] : [`layer ${diffID}`]) : [`layer ${number}`]),
    // The number of a stage without a name tells nothing that the line does not.
    ...(stage === undefined || /^\d+$/.test(stage) ? [] : [`stage ${stage}`]),
    ...(line === undefined ? [] : [`line ${line}`]),
  ].join(", ");
  if (instruction === "") return place === "" ? "a layer of which nothing is said" : place;
  return place === "" ? instruction : `${place}: ${instruction}`;
}

/** "12%", "0.4%", "<0.1%" of a part of one. */
export function percentText(part: number): string {
  const percent = part * 100;
  if (percent < 0.1) return "<0.1%";
  return `${percent.toFixed(percent < 10 ? 1 : 0)}%`;
}
