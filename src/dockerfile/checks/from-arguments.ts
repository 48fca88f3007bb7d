import { parsePlatform } from "../../image/platform.ts";
import { parseReference } from "../../image/reference.ts";
import { ExpansionProblem, expandWord } from "../expansion.ts";
import { globalVariables } from "../graph/global-variables.ts";
import type { PlanRequest } from "../graph/request.ts";
import type { Dockerfile, DockerfileStage } from "../instruction.ts";
import type { Word } from "../source.ts";
import type { Remark } from "./finding.ts";
import { goQuoted } from "./go-quoted.ts";
import { closest } from "./suggest.ts";

/** What FROM makes of arguments, in every stage: UndefinedArgInFrom, InvalidDefaultArgInFrom, and the two of --platform. */
export function checkFromArguments(dockerfile: Dockerfile, request: PlanRequest): readonly Remark[] {
  const globals = globalVariables(dockerfile, request);
  const defaults = globalVariables(dockerfile, { ...request, arguments: new Map() });
  const declared = dockerfile.globalArguments.flatMap((each) => each.arguments.map(({ name }) => name.text));
  const known = { globals, names: [...new Set([...globals.keys(), ...declared])] };
  const images = dockerfile.stages.flatMap((stage) => invalidDefault(dockerfile, stage, defaults));
  const rest = dockerfile.stages.flatMap((stage) => [
    ...undefinedArguments(dockerfile, stage, stage.from.image, known),
    ...platformFlag(dockerfile, stage, known),
  ]);
  return [...images, ...rest];
}

interface Known {
  readonly globals: ReadonlyMap<string, string>;
  /** Of all that are declared, with or without a value. */
  readonly names: readonly string[];
}

function undefinedArguments(
  dockerfile: Dockerfile,
  { from: { statement } }: DockerfileStage,
  word: Word,
  { globals, names }: Known,
): readonly Remark[] {
  const references = expanded(dockerfile, word, globals)?.references ?? [];
  // One that is declared without a value is the caller's to give.
  const missing = new Set(references.flatMap(({ name, set }) => (set || names.includes(name) ? [] : [name])));
  return [...missing].map((name) => {
    const meant = closest(name, names);
    const guess = meant === undefined ? "" : ` (did you mean ${meant}?)`;
    return { rule: "UndefinedArgInFrom", detail: `FROM argument '${name}' is not declared${guess}`, statement };
  });
}

function invalidDefault(
  dockerfile: Dockerfile,
  { from: { statement, image } }: DockerfileStage,
  defaults: ReadonlyMap<string, string>,
): readonly Remark[] {
  const result = expanded(dockerfile, image, defaults);
  if (result === undefined || isImageName(result.text)) return [];
  const detail = `Default value for ARG ${image.text} results in empty or invalid base image name`;
  return [{ rule: "InvalidDefaultArgInFrom", detail, statement }];
}

function platformFlag(dockerfile: Dockerfile, stage: DockerfileStage, known: Known): readonly Remark[] {
  const { platform: word, statement, name } = stage.from;
  if (word === undefined) return [];
  const result = expanded(dockerfile, word, known.globals);
  if (result === undefined) return [];
  const remarks: Remark[] = [...undefinedArguments(dockerfile, stage, word, known)];
  const [only, ...more] = new Set(result.references.map((each) => each.name));
  if (only === "TARGETPLATFORM" && more.length === 0 && result.text === known.globals.get(only)) {
    const detail = `Setting platform to predefined ${word.text} in FROM is redundant as this is the default behavior`;
    remarks.push({ rule: "RedundantTargetPlatform", detail, statement });
  }
  if (only === undefined && isConstant(result.text, name?.text.toLowerCase() ?? "")) {
    const detail = `FROM --platform flag should not use constant value ${goQuoted(result.text)}`;
    remarks.push({ rule: "FromPlatformFlagConstDisallowed", detail, statement });
  }
  return remarks;
}

/** A stage that is named after what it is for may be for that alone. */
function isConstant(text: string, stageName: string): boolean {
  try {
    const { os, architecture } = parsePlatform(text);
    return !stageName.includes(os) && !stageName.includes(architecture);
  } catch {
    return false;
  }
}

function expanded(dockerfile: Dockerfile, word: Word, values: ReadonlyMap<string, string>) {
  try {
    return expandWord(word.text, { escape: dockerfile.directives.escape, lookup: (name) => values.get(name) });
  } catch (error) {
    // Whoever plans the stage says where.
    if (error instanceof ExpansionProblem) return undefined;
    throw error;
  }
}

function isImageName(text: string): boolean {
  try {
    parseReference(text);
    return true;
  } catch {
    return false;
  }
}
