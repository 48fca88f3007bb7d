import { printable } from "./printable.ts";

/** A finding of a check, as it is shown. */
export interface ShownFinding {
  readonly rule: string;
  readonly detail: string;
  readonly file: string;
  readonly line: number;
  readonly lastLine: number;
  /** The line itself, with its number. */
  readonly excerpt: string;
}

/** A rule, as reports describe it. */
export interface ShownRule {
  readonly name: string;
  readonly description: string;
  /** Where it is explained. */
  readonly page: string;
}

/** Findings for people: each with its line, and how many there are. */
export function findingsText(findings: readonly ShownFinding[], file: string): string {
  if (findings.length === 0) return `${file}: nothing found\n`;
  const parts = findings.map(
    ({ rule, detail, line, excerpt }) => `${file}:${line}: ${rule}: ${printable(detail)}\n${excerpt}\n`,
  );
  const count = findings.length === 1 ? "1 finding" : `${findings.length} findings`;
  return `${parts.join("\n")}\n${count} (docs/checks.md)\n`;
}

/** Annotations of a GitHub workflow: `::warning file=...` lines. */
export function findingsGithub(findings: readonly ShownFinding[]): string {
  return findings
    .map(({ rule, detail, file, line, lastLine }) => {
      const place = `file=${property(file)},line=${line},endLine=${lastLine},title=${property(rule)}`;
      return `::warning ${place}::${data(detail)}\n`;
    })
    .join("");
}

/** SARIF 2.1.0 (OASIS), as code scanners and editors read it. */
export function findingsSarif(findings: readonly ShownFinding[], rules: readonly ShownRule[], version: string): string {
  const used = rules.filter(({ name }) => findings.some(({ rule }) => rule === name));
  const driver = {
    name: "distill",
    version,
    rules: used.map(({ name, description, page }) => ({
      id: name,
      shortDescription: { text: description },
      help: { text: `${description} (${page})` },
    })),
  };
  const results = findings.map(({ rule, detail, file, line, lastLine }) => ({
    ruleId: rule,
    ruleIndex: used.findIndex(({ name }) => name === rule),
    level: "warning",
    message: { text: detail },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(file) },
          region: { startLine: line, endLine: lastLine },
        },
      },
    ],
  }));
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{ tool: { driver }, columnKind: "utf16CodeUnits", results }],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
