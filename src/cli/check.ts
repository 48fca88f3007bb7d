import { checkBuild } from "../app/check-build.ts";
import type { PlanBuildRequest } from "../app/plan-build.ts";
import type { Finding } from "../dockerfile/checks/finding.ts";
import { pageOf, RULES } from "../dockerfile/checks/rules.ts";
import { excerpt } from "../lib/excerpt.ts";
import { findingsGithub, findingsSarif, findingsText, type ShownFinding } from "../ui/findings.ts";
import { VERSION } from "./version.ts";

export type CheckFormat = "text" | "json" | "sarif" | "github";

/** Prints what the checks of a Dockerfile find; true where they find nothing. Throws why it cannot be built, behind that. */
export async function printChecks(request: PlanBuildRequest, format: CheckFormat): Promise<boolean> {
  const { findings, failure, file } = await checkBuild(request);
  if (failure === undefined || findings.length > 0) process.stdout.write(report(findings.map(shown), format, file));
  if (failure !== undefined) throw failure;
  return findings.length === 0;
}

function report(findings: readonly ShownFinding[], format: CheckFormat, file: string): string {
  switch (format) {
    case "text":
      return findingsText(findings, file);
    case "github":
      return findingsGithub(findings);
    case "sarif":
      return findingsSarif(
        findings,
        RULES.map(({ name, description }) => ({ name, description, page: pageOf(name) })),
        VERSION,
      );
    case "json":
      return `${JSON.stringify({ file, findings: findings.map(asJson) }, null, 2)}\n`;
  }
}

function shown({ rule, detail, source, lines }: Finding): ShownFinding {
  const { first, last } = lines;
  const text = excerpt(source.text, { line: first, column: 1 }).split("\n")[0] ?? "";
  return { rule, detail, file: source.file, line: first, lastLine: last, excerpt: text };
}

function asJson({ rule, detail, file, line, lastLine }: ShownFinding): object {
  return { rule, detail, file, line, lastLine, page: pageOf(rule) };
}
