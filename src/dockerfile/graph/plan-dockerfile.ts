import { DistillError } from "../../lib/errors.ts";
import type { Origin } from "../../plan/origin.ts";
import type { Plan, SkippedStage, Stage } from "../../plan/plan.ts";
import type { Dockerfile } from "../instruction.ts";
import { applyInstruction } from "./apply.ts";
import { epochOf } from "./epoch.ts";
import { globalVariables } from "./global-variables.ts";
import { type ReachedStage, reachedStages } from "./reach.ts";
import type { BaseResolver, PlanRequest, ResolvedBase } from "./request.ts";
import type { Site } from "./site.ts";
import { StageBuilder } from "./stage-builder.ts";
import { type StageNode, StageTable, shownStage } from "./stage-table.ts";
import { unusedArguments } from "./unused-arguments.ts";

/** Instructions of the stages that are built; some hundred times those of the largest Dockerfiles. */
const MAX_INSTRUCTIONS = 10_000;
/** Entries in the histories of all stages, those of their bases included. */
const MAX_HISTORY = 1_000_000;

/**
 * The plan of a Dockerfile: the stages that the target needs, with their variables replaced and the image that each makes.
 * CONFIG_INVALID with line, column and the line itself for what cannot be built; what the resolver throws.
 */
export async function planDockerfile(
  dockerfile: Dockerfile,
  request: PlanRequest,
  resolver: BaseResolver,
): Promise<Plan> {
  if (dockerfile.stages.length > MAX_INSTRUCTIONS) throw tooMany(dockerfile, "stages");
  const globals = globalVariables(dockerfile, request);
  const table = new StageTable(dockerfile, request, globals);
  const epoch = epochOf(dockerfile, request, globals, table);
  const reached = await reachedStages(dockerfile, table, resolver);
  limitInstructions(dockerfile, reached);
  const history = new HistoryLimit(dockerfile);
  const built = new Map<number, { readonly builder: StageBuilder; readonly baseKnown: boolean }>();
  const stages: Stage[] = [];
  for (const each of reached) {
    const { node, origin, base } = each;
    const parent = origin.kind === "stage" ? built.get(origin.index) : undefined;
    const builder = builderOn(origin, base, parent?.builder);
    const baseKnown = parent?.baseKnown ?? (origin.kind === "scratch" || base !== undefined);
    applyAll(each, builder, { dockerfile, request, globals, table });
    built.set(node.stage.index, { builder, baseKnown });
    stages.push(planStage(dockerfile, each, builder, baseKnown));
    history.count(builder);
  }
  const { platform, directory } = request;
  const skipped = table.nodes.filter(({ stage }) => !built.has(stage.index));
  return {
    source: dockerfile.source.file,
    directory,
    platform: reached.at(-1)?.node.platform ?? platform,
    stages,
    skipped: skipped.map((node) => skippedStage(dockerfile, node)),
    unusedArguments: unusedArguments(dockerfile, reached, request),
    ...(epoch === undefined ? {} : { epoch }),
  };
}

/** LIMIT_EXCEEDED for more instructions than anybody writes. */
export function limitInstructions(dockerfile: Dockerfile, stages: readonly ReachedStage[]): void {
  const count = stages.reduce((sum, { instructions }) => sum + instructions.length + 1, 0);
  if (count > MAX_INSTRUCTIONS) throw tooMany(dockerfile, "instructions");
}

/** Counts what stages hand on to those that begin with them. */
export class HistoryLimit {
  readonly #dockerfile: Dockerfile;
  #entries = 0;

  constructor(dockerfile: Dockerfile) {
    this.#dockerfile = dockerfile;
  }

  /** LIMIT_EXCEEDED where all stages so far have too many entries. */
  count({ historyLength }: StageBuilder): void {
    this.#entries += historyLength;
    if (this.#entries <= MAX_HISTORY) return;
    const { file } = this.#dockerfile.source;
    throw new DistillError("LIMIT_EXCEEDED", `the stages of ${file} have more than ${MAX_HISTORY} entries of history`);
  }
}

function tooMany({ source }: Dockerfile, what: string): DistillError {
  return new DistillError("LIMIT_EXCEEDED", `${source.file} has more than ${MAX_INSTRUCTIONS} ${what}`);
}

/** A stage before its first instruction. */
export function builderOn(
  origin: Origin,
  base: ResolvedBase | undefined,
  parent: StageBuilder | undefined,
): StageBuilder {
  if (parent !== undefined) return StageBuilder.onStage(parent);
  if (origin.kind === "scratch") return StageBuilder.onScratch();
  return StageBuilder.onImage(base ?? { author: undefined, config: {}, history: [] });
}

function applyAll(
  { node, instructions }: ReachedStage,
  builder: StageBuilder,
  known: {
    readonly dockerfile: Dockerfile;
    readonly request: PlanRequest;
    readonly globals: ReadonlyMap<string, string>;
    readonly table: StageTable;
  },
): void {
  for (const { instruction, source } of instructions) {
    const site: Site = {
      source,
      escape: known.dockerfile.directives.escape,
      globals: known.globals,
      given: known.request.arguments,
      from: (word) => known.table.from(word, node, source),
    };
    applyInstruction(site, builder, instruction);
  }
}

function planStage(
  { source }: Dockerfile,
  { node, origin }: ReachedStage,
  builder: StageBuilder,
  baseKnown: boolean,
): Stage {
  const { stage, base, platform } = node;
  const place = placeOf(source, node);
  const text = `FROM ${base}${stage.name === undefined ? "" : ` AS ${stage.name}`}`;
  return {
    name: shownStage(node),
    steps: [{ kind: "from", text, place, origin }, ...builder.steps()],
    written: { index: stage.index, place, platform, baseKnown, image: builder.image() },
  };
}

function skippedStage({ source }: Dockerfile, node: StageNode): SkippedStage {
  return { name: shownStage(node), index: node.stage.index, place: placeOf(source, node), base: node.base };
}

function placeOf(source: Dockerfile["source"], { stage }: StageNode): SkippedStage["place"] {
  return { file: source.file, ...source.range(stage.from.statement.span) };
}
