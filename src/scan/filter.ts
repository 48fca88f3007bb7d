import { SEVERITIES, type Severity } from "../advisories/severity/severity.ts";
import { DistillError } from "../lib/errors.ts";
import type { Finding } from "./report.ts";

/** Which findings are shown; what is counted stays the same. */
export interface Filter {
  readonly onlyFixed: boolean;
  /** Undefined: all. */
  readonly severities: ReadonlySet<Severity> | undefined;
}

/** What is shown of findings, and how many are not. */
export interface Filtered {
  readonly shown: readonly Finding[];
  /** Of the severities, or fixed, that were not asked for. */
  readonly hidden: number;
}

/**
 * `high`: high and what is worse, so that what nobody has rated is not among them. Several with commas are just those:
 * `low,high`. USAGE for another word.
 */
export function parseSeverities(text: string): ReadonlySet<Severity> {
  const words = text.split(",");
  const severities = words.map((word) => severityOf(word, "--severity"));
  const [only] = severities;
  if (only === undefined || severities.length > 1) return new Set(severities);
  return new Set(SEVERITIES.slice(SEVERITIES.indexOf(only)));
}

/** A severity by its name; USAGE, with the option's name, for another word. `further` are words that would have done as well. */
export function severityOf(word: string, option: string, further: readonly string[] = []): Severity {
  const found = SEVERITIES.find((each) => each === word.trim().toLowerCase());
  if (found !== undefined) return found;
  throw new DistillError("USAGE", `${option}: ${JSON.stringify(word.slice(0, 100))} is no severity`, {
    hint: `use one of ${[...SEVERITIES.toReversed(), ...further].join(", ")}`,
  });
}

export function filterFindings(findings: readonly Finding[], { onlyFixed, severities }: Filter): Filtered {
  const shown = findings.filter(
    ({ fixed, rating }) =>
      (!onlyFixed || fixed !== undefined) && (severities === undefined || severities.has(rating.severity)),
  );
  return { shown, hidden: findings.length - shown.length };
}
