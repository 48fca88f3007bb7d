import { type DistillError, isDistillError } from "../../lib/errors.ts";
import type { Expansion } from "../expansion.ts";
import { applyInstruction } from "../graph/apply.ts";
import { builderOn, HistoryLimit, limitInstructions } from "../graph/plan-dockerfile.ts";
import { everyStage, type PlacedInstruction, type ReachedStage, reachedStages } from "../graph/reach.ts";
import type { BaseResolver, PlanRequest } from "../graph/request.ts";
import type { Site } from "../graph/site.ts";
import type { StageBuilder } from "../graph/stage-builder.ts";
import type { StageTable } from "../graph/stage-table.ts";
import type { Dockerfile } from "../instruction.ts";
import type { Word } from "../source.ts";
import type { Statement } from "../statement.ts";
import type { StageFacts, StepFacts, UnsetVariable } from "./facts.ts";
import { Suggestions } from "./suggestion.ts";

interface Known {
  readonly request: PlanRequest;
  readonly globals: ReadonlyMap<string, string>;
  readonly table: StageTable;
  readonly resolver: BaseResolver;
  readonly suggestions: Suggestions;
}

/** What a stage became so far. */
interface Walked {
  readonly builder: StageBuilder;
  readonly facts: StageFacts;
}

/** BuildKit hands them on to programs that look into the image, and does not ask for a declaration. */
const NEVER_DECLARED: ReadonlySet<string> = new Set(["BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"]);

/** Applies the instructions of the stages, and notes what rules ask about, up to the first that cannot be applied. */
export async function walkStages(
  dockerfile: Dockerfile,
  given: Omit<Known, "suggestions">,
): Promise<{ readonly stages: readonly StageFacts[]; readonly problem: DistillError | undefined }> {
  const { request, table, resolver } = given;
  const known = { ...given, suggestions: new Suggestions() };
  const reach = request.target === undefined ? everyStage : reachedStages;
  const reached = await reach(dockerfile, table, resolver);
  limitInstructions(dockerfile, reached);
  const history = new HistoryLimit(dockerfile);
  const walked = new Map<number, Walked>();
  const stages: StageFacts[] = [];
  for (const each of reached) {
    const { origin, base, node } = each;
    const parent = origin.kind === "stage" ? walked.get(origin.index) : undefined;
    const builder = builderOn(origin, base, parent?.builder);
    const { steps, fromImages, problem } = walkStage(dockerfile, each, builder, known);
    const baseKnown = parent?.facts.baseKnown ?? (origin.kind === "scratch" || base !== undefined);
    const facts: StageFacts = {
      ...{ node, origin, base, parent: parent?.facts, baseKnown, steps, fromImages },
      starts: !baseKnown || builder.config.Cmd !== undefined || builder.config.Entrypoint !== undefined,
      user: builder.user,
    };
    walked.set(node.stage.index, { builder, facts });
    stages.push(facts);
    history.count(builder);
    if (problem !== undefined) return { stages, problem };
  }
  return { stages, problem: undefined };
}

function walkStage(
  dockerfile: Dockerfile,
  { node, instructions }: ReachedStage,
  builder: StageBuilder,
  { request, globals, table, suggestions }: Known,
): Pick<StageFacts, "steps" | "fromImages"> & { readonly problem: DistillError | undefined } {
  const steps: StepFacts[] = [];
  const fromImages: { word: Word; statement: Statement }[] = [];
  for (const placed of instructions) {
    const { instruction, source } = placed;
    const notes = new Notes(dockerfile, placed, builder, suggestions);
    steps.push(notes.step);
    const site: Site = {
      source,
      escape: dockerfile.directives.escape,
      globals,
      given: request.arguments,
      from: (word) => {
        const origin = table.from(word, node, source);
        if (origin.kind === "image") fromImages.push({ word, statement: instruction.statement });
        return origin;
      },
      observe: notes.observe,
    };
    try {
      applyInstruction(site, builder, instruction);
    } catch (error) {
      if (!isDistillError(error, "CONFIG_INVALID", "LIMIT_EXCEEDED")) throw error;
      return { steps, fromImages, problem: error };
    }
  }
  return { steps, fromImages, problem: undefined };
}

/** What is noted of one instruction while it is applied. */
class Notes {
  readonly step: StepFacts;
  readonly #unset: UnsetVariable[] = [];
  readonly #expansions = new Map<Word, Expansion>();
  readonly #builder: StageBuilder;
  readonly #suggestions: Suggestions;

  constructor({ source }: Dockerfile, placed: PlacedInstruction, builder: StageBuilder, suggestions: Suggestions) {
    this.#builder = builder;
    this.#suggestions = suggestions;
    this.step = {
      instruction: placed.instruction,
      own: placed.source === source,
      unset: this.#unset,
      expanded: (word) => this.#expansions.get(word),
      shell: builder.config.Shell,
      pipNoCache: builder.variables.environment.get("PIP_NO_CACHE_DIR"),
      directory: builder.directory,
    };
  }

  readonly observe: NonNullable<Site["observe"]> = (expansion, word) => {
    if (word !== undefined) this.#expansions.set(word, expansion);
    const { variables } = this.#builder;
    const names = new Set(expansion.references.flatMap(({ name, set }) => (set ? [] : [name])));
    for (const name of names) {
      if (variables.declared.has(name) || NEVER_DECLARED.has(name)) continue;
      this.#unset.push({ name, word, meant: this.#suggestions.slipOf(name, variables.names()) });
    }
  };
}
