import type { Place, ShownChecks, ShownFailure } from "./findings.ts";

/** A rule, as reports describe it. */
export interface ShownRule {
  readonly name: string;
  readonly description: string;
  /** Where it is explained. */
  readonly page: string;
  /** An address that says more. */
  readonly url: string | undefined;
}

/** SARIF 2.1.0 (OASIS), as code scanners and editors read it. */
export function findingsSarif(checks: ShownChecks, rules: readonly ShownRule[], version: string): string {
  const { file, findings, failure, error } = checks;
  const found = new Set(findings.map(({ rule }) => rule));
  const used = rules.filter(({ name }) => found.has(name));
  const index = new Map(used.map(({ name }, at) => [name, at]));
  const level = error ? "error" : "warning";
  const results = findings.map(({ rule, detail, start, end }) => ({
    ruleId: rule,
    ruleIndex: index.get(rule),
    level,
    message: { text: detail },
    locations: [location(file, start, end)],
  }));
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "distill", version, rules: used.map(describedRule) } },
        invocations: [invocation(file, failure)],
        columnKind: "utf16CodeUnits",
        results,
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function describedRule({ name, description, page, url }: ShownRule): object {
  return {
    id: name,
    shortDescription: { text: description },
    help: { text: `${description} (${page})` },
    ...(url === undefined ? {} : { helpUri: url }),
  };
}

/** What keeps the file from being used is no result: it is why there may be more of them. */
function invocation(file: string, failure: ShownFailure | undefined): object {
  if (failure === undefined) return { executionSuccessful: true };
  const { message, place } = failure;
  const where = place === undefined ? {} : { locations: [location(file, place, place)] };
  return {
    executionSuccessful: false,
    toolExecutionNotifications: [{ level: "error", message: { text: message }, ...where }],
  };
}

function location(file: string, start: Place, end: Place): object {
  return {
    physicalLocation: {
      artifactLocation: { uri: addressOf(file) },
      region: { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column },
    },
  };
}

/** A path as the reference of a URI. */
function addressOf(path: string): string {
  return path.toWellFormed().split("/").map(encodeURIComponent).join("/");
}
