import { type DistillError, isDistillError } from "../../lib/errors.ts";
import { readDirectives } from "../directives.ts";
import type { BaseResolver, PlanRequest } from "../graph/request.ts";
import type { PathMatcher } from "../ignore/matcher.ts";
import type { Source, Span } from "../source.ts";
import type { Statement } from "../statement.ts";
import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { gatherFacts } from "./gather-facts.ts";
import type { Hit } from "./rule.ts";
import { RULES } from "./rules.ts";
import { type CheckSettings, isOn, NO_SETTINGS, settingsFor, settingsOf } from "./settings.ts";

/** What the checks of a Dockerfile came to. */
export interface Checked {
  readonly source: Source;
  /** By line; what is at the same line in the order of the rules. */
  readonly findings: readonly Finding[];
  /** What keeps the Dockerfile from being built at all: what stands behind it was not checked. */
  readonly failure: DistillError | undefined;
  /** `# check=error=true`: a finding is a failure. */
  readonly error: boolean;
  /** Bases that nobody could say anything about. */
  readonly unknownBases: readonly string[];
}

/**
 * Checks a Dockerfile: BuildKit's build checks by their names, and distill's own. `# check=` is obeyed. What cannot be
 * built is no exception but the `failure` of the result; only the resolver's errors are thrown. Without a target all stages
 * are checked, with one those that it needs.
 */
export async function checkDockerfile(
  text: string,
  file: string,
  request: PlanRequest,
  resolver: BaseResolver,
  ignored?: PathMatcher,
): Promise<Checked> {
  const { facts, problem } = await gatherFacts(text, file, request, { resolver, ignored });
  const { source } = facts;
  const { settings, mistake } = readSettings(source);
  return {
    source,
    findings: findingsOf(facts, settings),
    failure: problem ?? mistake,
    error: settings.error,
    unknownBases: unknownBases(facts),
  };
}

/** The settings hold for a file that cannot be read to its end, too. */
function readSettings(source: Source): { readonly settings: CheckSettings; readonly mistake?: DistillError } {
  try {
    return { settings: settingsOf(source, readDirectives(source).check) };
  } catch (error) {
    if (!isDistillError(error, "CONFIG_INVALID")) throw error;
    return { settings: NO_SETTINGS, mistake: error };
  }
}

function findingsOf(facts: Facts, file: CheckSettings): readonly Finding[] {
  const { source } = facts;
  const findings: Finding[] = [];
  const known = new Map<Statement, CheckSettings>();
  const settingsAt = (statement: Statement): CheckSettings => {
    const settings = known.get(statement) ?? settingsFor(statement, file);
    known.set(statement, settings);
    return settings;
  };
  for (const { name, description, url, experimental = false, check } of RULES) {
    for (const hit of check(facts)) {
      if (!isOn(name, experimental, settingsAt(hit.statement))) continue;
      const line = hit.line ?? hit.statement.lines.first;
      findings.push({
        rule: name,
        description,
        detail: hit.detail,
        url,
        line,
        range: source.range(markedSpan(source, hit)),
      });
    }
  }
  return findings.sort((a, b) => a.line - b.line);
}

function markedSpan(source: Source, { at, statement }: Hit): Span {
  if (at !== undefined) return "span" in at ? at.span : at;
  const { start, end } = statement.span;
  const newline = source.text.indexOf("\n", start);
  return { start, end: newline < 0 ? end : Math.min(end, newline) };
}

function unknownBases({ stages }: Facts): readonly string[] {
  const unknown = stages.filter(({ baseKnown, parent }) => !baseKnown && parent === undefined);
  return [...new Set(unknown.map(({ node }) => node.base))];
}
