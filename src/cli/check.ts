import { type CheckedBuild, checkBuild } from "../app/check-build.ts";
import type { PlanBuildRequest } from "../app/plan-build.ts";
import type { Finding } from "../dockerfile/checks/finding.ts";
import { pageOf, RULES } from "../dockerfile/checks/rules.ts";
import type { Source } from "../dockerfile/source.ts";
import type { DistillError } from "../lib/errors.ts";
import { excerptOfLine } from "../lib/excerpt.ts";
import {
  findingsGithub,
  findingsText,
  type ShownChecks,
  type ShownFailure,
  type ShownFinding,
} from "../ui/findings.ts";
import { findingsSarif } from "../ui/findings-sarif.ts";
import { VERSION } from "./version.ts";

export type CheckFormat = "text" | "json" | "sarif" | "github";

/** Prints what the checks of a Dockerfile find; true where they find nothing. Throws why it cannot be built, behind that. */
export async function printChecks(request: PlanBuildRequest, format: CheckFormat): Promise<boolean> {
  const checked = await checkBuild(request);
  process.stdout.write(report(checked, format));
  if (checked.failure !== undefined) throw checked.failure;
  return checked.findings.length === 0;
}

function report(checked: CheckedBuild, format: CheckFormat): string {
  switch (format) {
    case "text":
      return findingsText(shown(checked));
    case "github":
      return findingsGithub(shown(checked));
    case "sarif":
      return findingsSarif(
        shown(checked),
        RULES.map(({ name, description, url }) => ({ name, description, page: pageOf(name), url })),
        VERSION,
      );
    case "json":
      return `${JSON.stringify(asJson(checked), null, 2)}\n`;
  }
}

function shown({ file, source, findings, failure, error, unknownBases }: CheckedBuild): ShownChecks {
  return {
    file,
    findings: findings.map((each) => shownFinding(source, each)),
    failure: failure && shownFailure(file, failure),
    error,
    notes: unknownBases.map((base) => `${base} is not in the store: variables that it sets are not known`),
  };
}

function shownFinding(source: Source, { rule, detail, range }: Finding): ShownFinding {
  const { start, end } = range;
  const line = source.text.slice(source.offset(start.line), source.offset(start.line + 1)).replace(/\r?\n$/, "");
  return { rule, detail, start, end, excerpt: excerptOfLine(line, start) };
}

/** Messages begin with their place, where they have one, and end with the line. */
function shownFailure(file: string, { message }: DistillError): ShownFailure {
  const [first = ""] = message.split("\n");
  const [, line, column, text] = /^:(\d+):(\d+): (.*)$/s.exec(first.slice(file.length)) ?? [];
  if (!first.startsWith(file) || text === undefined) return { message: first, place: undefined };
  return { message: text, place: { line: Number(line), column: Number(column) } };
}

function asJson({ file, findings, failure, error, unknownBases }: CheckedBuild): object {
  return {
    file,
    findings: findings.map(({ rule, description, detail, url, line, range }) => ({
      ...{ rule, detail, line, range, description, page: pageOf(rule) },
      ...(url === undefined ? {} : { url }),
    })),
    error,
    unknownBases,
    ...(failure === undefined
      ? {}
      : { failure: { code: failure.code, message: failure.message, ...(failure.hint && { hint: failure.hint }) } }),
  };
}
