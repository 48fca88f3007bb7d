import type { Epoch } from "../../plan/plan.ts";
import type { Dockerfile } from "../instruction.ts";
import { quoted } from "../quoted.ts";
import type { Word } from "../source.ts";
import { applyInstruction } from "./apply.ts";
import type { PlanRequest } from "./request.ts";
import type { Site } from "./site.ts";
import { StageBuilder } from "./stage-builder.ts";
import type { StageNode, StageTable } from "./stage-table.ts";

const NAME = "SOURCE_DATE_EPOCH";
const HINT =
  "seconds since 1970, context, or the name of a context or of a stage that is FROM scratch with one remote ADD";

/**
 * The time that the argument SOURCE_DATE_EPOCH asks for, from the user or from an ARG above the first FROM. CONFIG_INVALID
 * where it names nothing that has a time.
 */
export function epochOf(
  dockerfile: Dockerfile,
  request: PlanRequest,
  globals: ReadonlyMap<string, string>,
  table: StageTable,
): Epoch | undefined {
  const value = request.arguments.get(NAME) ?? globals.get(NAME);
  if (value === undefined || value === "") return undefined;
  if (/^\d{1,12}$/.test(value)) return { kind: "seconds", seconds: Number(value) };
  if (value === "context") return { kind: "origin", origin: { kind: "context" } };
  const origin = table.namedContext(value);
  if (origin !== undefined) return { kind: "origin", origin };
  const node = table.nodes.findLast(({ stage }) => stage.name === value.toLowerCase());
  if (node !== undefined) return remoteTime(dockerfile, request, globals, node);
  throw dockerfile.source.error(writtenAt(dockerfile), `${NAME} is ${quoted(value)}, which is no time`, { hint: HINT });
}

function remoteTime(
  dockerfile: Dockerfile,
  request: PlanRequest,
  globals: ReadonlyMap<string, string>,
  { stage, base }: StageNode,
): Epoch {
  const { source, directives } = dockerfile;
  const others = stage.instructions.filter(({ kind }) => kind !== "ARG");
  const [add, second] = others;
  const wrong =
    base !== "scratch" ? stage.from.image : add?.kind !== "ADD" ? add?.statement.keyword : second?.statement.keyword;
  const refused = (at: Word): Error =>
    source.error(at, `${NAME} names this stage, which has no one time`, {
      hint: "it takes the time of one remote source: FROM scratch, and one ADD of an address",
    });
  if (wrong !== undefined || add === undefined) throw refused(wrong ?? stage.from.image);
  const builder = StageBuilder.onScratch();
  const from: Site["from"] = () => ({ kind: "context" });
  const site = { source, escape: directives.escape, globals, given: request.arguments, from };
  for (const instruction of stage.instructions) applyInstruction(site, builder, instruction);
  const step = builder.steps().find(({ kind }) => kind === "transfer");
  const sources = step?.kind === "transfer" ? step.sources : [];
  const [remote] = sources;
  if (sources.length !== 1 || remote === undefined || (remote.kind !== "http" && remote.kind !== "git")) {
    throw refused(add.statement.keyword);
  }
  return { kind: "remote", source: remote };
}

function writtenAt({ globalArguments }: Dockerfile): Word | { readonly start: number; readonly end: number } {
  const found = globalArguments.flatMap((each) => each.arguments).find(({ name }) => name.text === NAME);
  return found?.value ?? { start: 0, end: 0 };
}
