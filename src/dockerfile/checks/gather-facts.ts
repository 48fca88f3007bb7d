import { formatPlatform } from "../../image/platform.ts";
import { type DistillError, isDistillError } from "../../lib/errors.ts";
import { parseDockerfile } from "../dockerfile.ts";
import type { Expansion } from "../expansion.ts";
import { epochOf } from "../graph/epoch.ts";
import { globalVariables } from "../graph/global-variables.ts";
import type { BaseResolver, PlanRequest } from "../graph/request.ts";
import { StageTable } from "../graph/stage-table.ts";
import type { Dockerfile, DockerfileStage, Instruction } from "../instruction.ts";
import { readInstruction } from "../read-instruction.ts";
import { readStatements } from "../read-statements.ts";
import { expandIn } from "../scope.ts";
import { Source, type Word } from "../source.ts";
import type { Statement } from "../statement.ts";
import type { Facts, FromFacts } from "./facts.ts";
import { walkStages } from "./walk-stages.ts";

/** The facts, and what ends them: the first thing that BuildKit would refuse, too. */
export interface GatheredFacts {
  readonly facts: Facts;
  readonly problem: DistillError | undefined;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * What can be known of a Dockerfile, up to the first problem. With a target the stages that it needs are walked through,
 * else all of them.
 */
export async function gatherFacts(
  text: string,
  file: string,
  request: PlanRequest,
  { resolver, ignored }: { readonly resolver: BaseResolver; readonly ignored: Facts["ignored"] },
): Promise<GatheredFacts> {
  const facts: Mutable<Facts> = {
    source: new Source(file, text.replace(/^\ufeff/, "")),
    instructions: [],
    refused: undefined,
    dockerfile: undefined,
    defaultImages: [],
    froms: [],
    stages: [],
    final: undefined,
    ignored,
  };
  try {
    const dockerfile = parseDockerfile(text, file);
    facts.source = dockerfile.source;
    facts.instructions = dockerfile.instructions;
    facts.dockerfile = dockerfile;
    facts.defaultImages = readDefaultImages(dockerfile, request);
    const globals = globalVariables(dockerfile, request);
    const froms: FromFacts[] = [];
    facts.froms = froms;
    for (const from of readFroms(dockerfile, request, globals)) froms.push(from);
    const table = new StageTable(dockerfile, request, globals);
    const target = table.target();
    // What it asks for is of no interest here; whether it can be had is.
    epochOf(dockerfile, request, globals, table);
    const { stages, problem } = await walkStages(dockerfile, { request, globals, table, resolver });
    facts.stages = stages;
    if (problem !== undefined) throw problem;
    facts.final = stages.find(({ node }) => node === target);
    return { facts, problem: undefined };
  } catch (error) {
    if (!isDistillError(error, "CONFIG_INVALID", "LIMIT_EXCEEDED", "USAGE")) throw error;
    if (facts.dockerfile === undefined && error.code === "CONFIG_INVALID") {
      Object.assign(facts, readableInstructions(facts.source));
    }
    return { facts, problem: error };
  }
}

/** The instructions before the first that cannot be read, and that one; nothing where lines cannot be told apart. */
function readableInstructions(source: Source): Pick<Facts, "instructions" | "refused"> {
  const instructions: Instruction[] = [];
  let refused: Statement | undefined;
  try {
    for (const statement of readStatements(source).statements) {
      refused = statement;
      instructions.push(readInstruction(source, statement));
    }
    refused = undefined;
  } catch (error) {
    if (!isDistillError(error, "CONFIG_INVALID")) throw error;
  }
  return { instructions, refused };
}

/** What each FROM says with its variables replaced, up to one that cannot be, or that says nothing. */
function* readFroms(
  dockerfile: Dockerfile,
  request: PlanRequest,
  globals: ReadonlyMap<string, string>,
): Generator<FromFacts> {
  const declared = dockerfile.globalArguments.flatMap((each) => each.arguments.map(({ name }) => name.text));
  const names = new Set([...globals.keys(), ...declared]);
  const target = globals.get("TARGETPLATFORM") ?? formatPlatform(request.platform);
  for (const stage of dockerfile.stages) {
    const image = expandFrom(dockerfile, stage.from.image, globals);
    const { platform: word } = stage.from;
    const isBlank = image.text.trim() === "";
    // A FROM without an image ends everything before its platform is looked at.
    const platform = word === undefined || isBlank ? undefined : expandFrom(dockerfile, word, globals);
    yield { stage, image, platform, target, names };
    if (isBlank || platform?.text === "") return;
  }
}

function expandFrom({ source, directives }: Dockerfile, word: Word, values: ReadonlyMap<string, string>): Expansion {
  return expandIn(source, word, { escape: directives.escape, lookup: (name) => values.get(name) });
}

/** The images as if the user had given no values; those before one whose defaults cannot be used. */
function readDefaultImages(dockerfile: Dockerfile, request: PlanRequest): Facts["defaultImages"] {
  const images: { stage: DockerfileStage; image: string }[] = [];
  try {
    const defaults = globalVariables(dockerfile, { ...request, arguments: new Map() });
    for (const stage of dockerfile.stages) {
      images.push({ stage, image: expandFrom(dockerfile, stage.from.image, defaults).text });
    }
  } catch (error) {
    if (!isDistillError(error, "CONFIG_INVALID")) throw error;
  }
  return images;
}
