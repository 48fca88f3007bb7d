import { type DistillError, isDistillError } from "../../lib/errors.ts";
import type { Plan } from "../../plan/plan.ts";
import { parseDockerfile } from "../dockerfile.ts";
import { planDockerfile } from "../graph/plan-dockerfile.ts";
import type { BaseResolver, PlanRequest } from "../graph/request.ts";
import type { Dockerfile, FromInstruction } from "../instruction.ts";
import { wordsOf } from "../instructions/command.ts";
import { readInstruction } from "../read-instruction.ts";
import { readStatements } from "../read-statements.ts";
import { Source } from "../source.ts";
import { checkAsCasing, checkCasing } from "./casing.ts";
import { checkDescriptions } from "./descriptions.ts";
import { checkDistroless } from "./distroless.ts";
import type { Finding, Remark } from "./finding.ts";
import { checkFromArguments } from "./from-arguments.ts";
import type { IgnoredPaths } from "./ignored-files.ts";
import { type PlacedRemark, PlannedChecks } from "./planned.ts";
import { RULES } from "./rules.ts";
import { type CheckSettings, isSkipped, NO_SETTINGS, readSettings, settingsAbove } from "./settings.ts";
import { checkNameCasing, checkStageNames } from "./stage-names.ts";
import { checkPairs, checkWritten } from "./written.ts";

/** What the checks of a Dockerfile came to. */
export interface Checked {
  /** By line, then by rule. */
  readonly findings: readonly Finding[];
  /** The plan, where the Dockerfile can be built. */
  readonly plan: Plan | undefined;
  /** Why it cannot be built; what is found behind that is not found. */
  readonly failure: DistillError | undefined;
  /** `# check=error=true`: a finding is a failure. */
  readonly error: boolean;
}

const EXPERIMENTAL: ReadonlyMap<string, boolean> = new Map(
  RULES.map(({ name, experimental = false }) => [name, experimental]),
);

/**
 * Checks a Dockerfile: all of its text, and the stages that the target needs as they are planned. Rules that `# check=`
 * skips, at the top for the whole file or above one instruction for that one, find nothing. What cannot be read or built
 * is the `failure`; what was found before it is found all the same. Throws what the resolver throws.
 */
export async function checkDockerfile(
  text: string,
  file: string,
  request: PlanRequest,
  resolver: BaseResolver,
  ignored?: IgnoredPaths,
): Promise<Checked> {
  const read = readAll(text, file);
  if ("failure" in read) return { ...read, plan: undefined, error: false };
  const { dockerfile, settings } = read;
  const planned = new PlannedChecks(dockerfile.source, ignored);
  const remarks: PlacedRemark[] = placed(dockerfile.source, written(dockerfile));
  let plan: Plan | undefined;
  let failure: DistillError | undefined;
  try {
    remarks.push(...placed(dockerfile.source, checkFromArguments(dockerfile, request)));
    plan = await planDockerfile(dockerfile, request, resolver, planned);
  } catch (error) {
    if (!isDistillError(error, "CONFIG_INVALID")) throw error;
    failure = error;
  }
  if (planned.began) remarks.push(...placed(dockerfile.source, checkPairs(dockerfile)));
  if (plan !== undefined) remarks.push(...checkDistroless(dockerfile, plan));
  const found = [...remarks, ...planned.remarks].filter((remark) => isWanted(settings, remark));
  return { findings: found.map(findingOf).toSorted(byPlace), plan, failure, error: settings.error };
}

/** The Dockerfile and what it says of checks; or why it cannot be read, with what its stages show up to there. */
function readAll(
  text: string,
  file: string,
):
  | { readonly dockerfile: Dockerfile; readonly settings: CheckSettings }
  | { readonly failure: DistillError; readonly findings: readonly Finding[] } {
  try {
    const dockerfile = parseDockerfile(text, file);
    return { dockerfile, settings: settingsOf(dockerfile) };
  } catch (error) {
    if (!isDistillError(error, "CONFIG_INVALID", "LIMIT_EXCEEDED")) throw error;
    return { failure: error, findings: findingsBefore(text, file) };
  }
}

/** How stages are written, up to the instruction that cannot be read. */
function findingsBefore(text: string, file: string): readonly Finding[] {
  const source = new Source(file, text.replace(/^\ufeff/, ""));
  const froms: Pick<FromInstruction, "statement" | "as" | "name">[] = [];
  try {
    for (const statement of readStatements(source).statements) {
      if (statement.keyword.text.toUpperCase() === "FROM") {
        const [, as, name, surplus] = wordsOf(statement);
        if (name !== undefined && surplus === undefined) froms.push({ statement, as, name });
      }
      readInstruction(source, statement);
    }
  } catch (error) {
    if (!isDistillError(error)) throw error;
  }
  return placed(source, [...checkAsCasing(froms), ...checkNameCasing(froms)]).map(findingOf);
}

/** What the text shows by itself. */
function written(dockerfile: Dockerfile): readonly Remark[] {
  const froms = dockerfile.stages.map(({ from }) => from);
  return [
    ...checkWritten(dockerfile),
    ...checkCasing(dockerfile),
    ...checkAsCasing(froms),
    ...checkNameCasing(froms),
    ...checkStageNames(dockerfile),
    ...checkDescriptions(dockerfile),
  ];
}

function placed(source: Source, remarks: readonly Remark[]): PlacedRemark[] {
  return remarks.map((remark) => ({ ...remark, source }));
}

function settingsOf({ source, directives: { check } }: Dockerfile): CheckSettings {
  if (check === undefined) return NO_SETTINGS;
  const settings = readSettings(check.text);
  if (!("problem" in settings)) return settings;
  throw source.error(check, `# check=: ${settings.problem}`, {
    hint: "such as # check=skip=JSONArgsRecommended;error=true",
  });
}

function isWanted(settings: CheckSettings, { rule, statement }: PlacedRemark): boolean {
  const experimental = EXPERIMENTAL.get(rule) === true;
  if (experimental && !settings.experimentalAll && !settings.experimental.has(rule.toLowerCase())) return false;
  return !isSkipped(settings, rule) && !isSkipped(settingsAbove(statement.comments), rule);
}

function findingOf({ rule, detail, source, statement, line }: PlacedRemark): Finding {
  const { first, last } = statement.lines;
  return { rule, detail, source, lines: { first: line ?? first, last } };
}

function byPlace(a: Finding, b: Finding): number {
  return a.lines.first - b.lines.first || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0);
}
