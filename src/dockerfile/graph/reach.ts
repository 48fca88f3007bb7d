import { DistillError, isDistillError } from "../../lib/errors.ts";
import type { Origin } from "../../plan/origin.ts";
import { parseTrigger } from "../dockerfile.ts";
import type { Dockerfile, Instruction } from "../instruction.ts";
import { Source, type Word } from "../source.ts";
import type { BaseResolver, ResolvedBase } from "./request.ts";
import type { StageNode, StageTable } from "./stage-table.ts";

/** A stage that is built, with what is done in it. */
export interface ReachedStage {
  readonly node: StageNode;
  readonly origin: Origin;
  /** What its base says of itself; undefined for scratch and stages, and where it is not known. */
  readonly base: ResolvedBase | undefined;
  /** The triggers of the base, then the stage's own. */
  readonly instructions: readonly PlacedInstruction[];
}

export interface PlacedInstruction {
  readonly instruction: Instruction;
  /** The text that it is from: the Dockerfile, or a trigger of an image. */
  readonly source: Source;
}

/**
 * The stages that the target needs, in the order of the file. A stage needs those above it only, so that going up from the
 * target finds all of them; bases are asked about on the way, as their triggers may need further stages.
 */
export async function reachedStages(
  dockerfile: Dockerfile,
  table: StageTable,
  resolver: BaseResolver,
): Promise<readonly ReachedStage[]> {
  const target = table.target();
  checkAll(dockerfile, table);
  const needed = new Set([target.stage.index]);
  const questions = new Map<number, Promise<ResolvedBase | undefined>>();
  const ask = (node: StageNode): Promise<ResolvedBase | undefined> => {
    const known = questions.get(node.stage.index);
    if (known !== undefined) return known;
    const question = resolveBase(table.origin(node), resolver).catch((error) => {
      throw placed(dockerfile, node, error);
    });
    // Answered below; until then nobody listens.
    question.catch(() => undefined);
    questions.set(node.stage.index, question);
    return question;
  };
  for (const index of withoutTriggers(dockerfile, table, target)) {
    const node = table.nodes[index];
    if (node !== undefined) void ask(node);
  }
  const reached: ReachedStage[] = [];
  for (let index = target.stage.index; index >= 0; index--) {
    const node = table.nodes[index];
    if (node === undefined || !needed.has(index)) continue;
    const base = await ask(node);
    const stage = reachedStage(dockerfile, table, node, base);
    reached.push(stage);
    for (const dependency of dependencies(table, stage)) needed.add(dependency);
  }
  return reached.reverse();
}

/** `reachedStages` for every stage of the file, whether the target needs it or not. */
export async function everyStage(
  dockerfile: Dockerfile,
  table: StageTable,
  resolver: BaseResolver,
): Promise<readonly ReachedStage[]> {
  checkAll(dockerfile, table);
  const bases = table.nodes.map((node) => resolveBase(table.origin(node), resolver));
  const resolved = await Promise.all(bases);
  return table.nodes.map((node, index) => reachedStage(dockerfile, table, node, resolved[index]));
}

/** Names that mean nothing are refused before anything is asked about, wherever they stand. */
function checkAll({ source }: Dockerfile, table: StageTable): void {
  for (const node of table.nodes) {
    table.origin(node);
    for (const instruction of node.stage.instructions) {
      for (const word of fromWords(instruction)) table.check(word, node, source);
    }
  }
}

/** A base that cannot be had is told with the FROM that asks for it. */
function placed({ source }: Dockerfile, { stage }: StageNode, error: unknown): unknown {
  if (!isDistillError(error) || error.code === "CANCELLED") return error;
  const { code, hint, cause, message } = error;
  const told = source.error(stage.from.image, message);
  return new DistillError(code, told.message, { ...(hint === undefined ? {} : { hint }), cause });
}

async function resolveBase(origin: Origin, resolver: BaseResolver): Promise<ResolvedBase | undefined> {
  return origin.kind === "image" || origin.kind === "named-context" ? await resolver.resolve(origin) : undefined;
}

/** What is needed as far as the file itself says it, so that all bases can be asked about at once. */
function withoutTriggers(dockerfile: Dockerfile, table: StageTable, target: StageNode): readonly number[] {
  const needed = new Set([target.stage.index]);
  for (let index = target.stage.index; index >= 0; index--) {
    const node = table.nodes[index];
    if (node === undefined || !needed.has(index)) continue;
    const stage = reachedStage(dockerfile, table, node, undefined);
    for (const dependency of dependencies(table, stage)) needed.add(dependency);
  }
  return [...needed];
}

function reachedStage(
  { source }: Dockerfile,
  table: StageTable,
  node: StageNode,
  base: ResolvedBase | undefined,
): ReachedStage {
  const origin = table.origin(node);
  if (node.replacement !== undefined) return { node, origin, base, instructions: [] };
  const triggers =
    node.parent === undefined ? imageTriggers(base?.config.OnBuild ?? [], node) : stageTriggers(node.parent, source);
  const own = node.stage.instructions.map((instruction) => ({ instruction, source }));
  return { node, origin, base, instructions: [...triggers, ...own] };
}

/** What ONBUILD of the stage below asks for; its own base's triggers are done already. */
function stageTriggers({ stage, replacement }: StageNode, source: Source): readonly PlacedInstruction[] {
  if (replacement !== undefined) return [];
  return stage.instructions.flatMap((each) => (each.kind === "ONBUILD" ? [{ instruction: each.trigger, source }] : []));
}

function imageTriggers(texts: readonly string[], node: StageNode): readonly PlacedInstruction[] {
  return texts.map((text) => {
    const file = `ONBUILD of ${node.base}`;
    return { instruction: parseTrigger(text, file), source: new Source(file, text) };
  });
}

/** Numbers of the stages that a stage needs. */
function dependencies(table: StageTable, { node, origin, instructions }: ReachedStage): readonly number[] {
  const origins = instructions.flatMap(({ instruction, source }) =>
    fromWords(instruction).map((word) => table.from(word, node, source)),
  );
  return [origin, ...origins].flatMap((each) => (each.kind === "stage" ? [each.index] : []));
}

function fromWords(instruction: Instruction): readonly Word[] {
  if (instruction.kind === "COPY") return instruction.from === undefined ? [] : [instruction.from];
  if (instruction.kind !== "RUN") return [];
  return instruction.mounts.flatMap(({ from }) => (from === undefined || from.text === "" ? [] : [from]));
}
