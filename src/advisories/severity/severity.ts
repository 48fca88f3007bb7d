/** From the least to the worst; `unknown` is no grade but its lack. */
export const SEVERITIES = ["unknown", "negligible", "low", "medium", "high", "critical"] as const;

export type Severity = (typeof SEVERITIES)[number];

/** How bad a flaw is, and who says so. */
export interface Rating {
  readonly severity: Severity;
  /** As in SeverityClaim; undefined where nobody says anything. */
  readonly source: string | undefined;
  /** The CVSS vector that the grade is from, or one that another source has. */
  readonly vector: string | undefined;
  /** Base score of the vector, 0 to 10. */
  readonly score: number | undefined;
}

/** Of what nobody says anything about. */
export const UNRATED: Rating = { severity: "unknown", source: undefined, vector: undefined, score: undefined };
