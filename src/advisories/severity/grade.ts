import type { SeverityClaim } from "../advisory.ts";
import { cvss2Score } from "./cvss2.ts";
import { cvss3Score } from "./cvss3.ts";
import { cvss4Score } from "./cvss4.ts";
import type { Severity } from "./severity.ts";

/** What one claim comes to; undefined where it says nothing that is understood. */
export interface Grade {
  readonly severity: Exclude<Severity, "unknown">;
  /** Of a vector. */
  readonly vector: string | undefined;
  readonly score: number | undefined;
}

const SCORES = { CVSS_V2: cvss2Score, CVSS_V3: cvss3Score, CVSS_V4: cvss4Score } as const;

/** Words of GitHub, Ubuntu, Node.js, Red Hat, CVSS and Debian, lower case. */
const LABELS: Readonly<Record<string, Grade["severity"]>> = {
  critical: "critical",
  high: "high",
  important: "high",
  medium: "medium",
  moderate: "medium",
  low: "low",
  minor: "low",
  negligible: "negligible",
  none: "negligible",
};

/** The severity that a vector or a word stands for. Never throws: malformed vectors and strange words grade nothing. */
export function gradeOf({ type, value }: SeverityClaim): Grade | undefined {
  if (type === "label") {
    const severity = severityOfLabel(value);
    return severity === undefined ? undefined : { severity, vector: undefined, score: undefined };
  }
  const score = SCORES[type](value);
  return score === undefined ? undefined : { severity: severityOfScore(score, type), vector: value, score };
}

/** `MODERATE` and `medium` are medium; undefined for `untriaged`, `unknown` and what nobody knows. */
export function severityOfLabel(label: string): Grade["severity"] | undefined {
  const word = label.trim().toLowerCase();
  return Object.hasOwn(LABELS, word) ? LABELS[word] : undefined;
}

/**
 * The qualitative scale of CVSS v3 (specification, 5) and v4 (6); of v2 that of NVD, which has no `critical`. A flaw with score
 * 0 has no impact.
 */
function severityOfScore(score: number, type: keyof typeof SCORES): Grade["severity"] {
  if (score === 0) return "negligible";
  if (score < 4) return "low";
  if (score < 7) return "medium";
  return score < 9 || type === "CVSS_V2" ? "high" : "critical";
}
