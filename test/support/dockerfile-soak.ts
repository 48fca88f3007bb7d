import { isDeepStrictEqual } from "node:util";
import { parseDockerfile } from "../../src/dockerfile/dockerfile.ts";
import type { Dockerfile, Instruction } from "../../src/dockerfile/instruction.ts";
import { readMount } from "../../src/dockerfile/mount.ts";
import { printDockerfile } from "../../src/dockerfile/print.ts";
import { expandIn } from "../../src/dockerfile/scope.ts";
import type { Word } from "../../src/dockerfile/source.ts";
import { isDistillError } from "../../src/lib/errors.ts";
import { meaningOf } from "./dockerfile-meaning.ts";
import { Mutations } from "./dockerfile-mutations.ts";

/** Milliseconds that one input may take, by the clock or of processor time, whichever is less. */
const PATIENCE = 100;

const VARIABLES = new Map([
  ["a", "a/b.c/d.e"],
  ["PATH", "/usr/bin:/bin"],
  ["TARGETARCH", "amd64"],
]);

export interface DockerfileFigures {
  readonly inputs: number;
  readonly read: number;
  readonly refused: number;
  /** Milliseconds of the slowest input. */
  readonly slowest: number;
  /** What went wrong, with the number of the input. */
  readonly problems: readonly string[];
}

/**
 * Reads many mutated Dockerfiles, with all that is done to one later: words expanded, mounts read, printed and read again.
 * Wrong is every failure that is no DistillError, an input that takes too long, and a text that is printed as another.
 */
export function soakDockerfiles(sources: readonly string[], seed: number, count: number): DockerfileFigures {
  const mutations = new Mutations(sources, seed);
  const problems: string[] = [];
  let [read, slowest] = [0, 0];
  for (let index = 0; index < count && problems.length < 20; index++) {
    const text = mutations.at(index);
    const { problem, took, valid } = timed(text);
    if (valid) read++;
    slowest = Math.max(slowest, took);
    if (problem !== undefined) problems.push(`input ${index} of seed ${seed}: ${problem}`);
  }
  return { inputs: count, read, refused: count - read, slowest, problems };
}

/** The figures in one line. */
export function describeFigures({ inputs, read, refused, slowest, problems }: DockerfileFigures): string {
  const counts = `${inputs} Dockerfiles: ${read} read, ${refused} refused with a reason`;
  return `${counts}, ${problems.length} problems; the slowest took ${slowest.toFixed(1)} ms`;
}

/** What happens to an input. One that is slow is tried again: the machine has other work. */
function timed(text: string): { problem: string | undefined; took: number; valid: boolean } {
  let took = Number.POSITIVE_INFINITY;
  for (let attempt = 0; ; attempt++) {
    const began = performance.now();
    const before = process.cpuUsage();
    const { problem, valid } = examine(text);
    const { user, system } = process.cpuUsage(before);
    took = Math.min(took, performance.now() - began, (user + system) / 1000);
    if (problem !== undefined || took < PATIENCE) return { problem, took, valid };
    if (attempt === 2) return { problem: `took ${took.toFixed(0)} ms`, took, valid };
  }
}

function examine(text: string): { problem?: string; valid: boolean } {
  const { value: dockerfile, problem } = attempt(() => parseDockerfile(text));
  if (dockerfile === undefined) return { ...(problem === undefined ? {} : { problem }), valid: false };
  for (const instruction of dockerfile.instructions) {
    const found = useInstruction(dockerfile, instruction);
    if (found !== undefined) return { problem: found, valid: true };
  }
  const again = attempt(() => parseDockerfile(printDockerfile(dockerfile)));
  if (again.value === undefined) return { problem: `what was printed is refused: ${again.problem}`, valid: true };
  const same = isDeepStrictEqual(meaningOf(again.value), meaningOf(dockerfile));
  return same ? { valid: true } : { problem: "it is printed as something else", valid: true };
}

function useInstruction({ source, directives }: Dockerfile, instruction: Instruction): string | undefined {
  const { span, lines, arguments: words } = instruction.statement;
  if (span.start >= span.end || span.end > source.text.length) return "its span is none";
  const { line } = source.position(span.start);
  if (line < lines.first || line > lines.last) return "it begins on another line";
  const options = { escape: directives.escape, lookup: (name: string) => VARIABLES.get(name) };
  const expand = (word: Word): string => expandIn(source, word, options).text;
  for (const word of words.flatMap((each) => ("text" in each ? [each] : [each.name, each.value]))) {
    if (word.span.start < span.start || word.span.end > span.end) return "a word lies outside of its instruction";
    const { problem } = attempt(() => expand(word));
    if (problem !== undefined) return problem;
  }
  if (instruction.kind !== "RUN") return undefined;
  for (const flag of instruction.mounts) {
    const { span: at } = flag.flag;
    const { problem } = attempt(() => readMount(flag, source, (text) => expand({ text, span: at })));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** What work results in: nothing where it is refused with a DistillError, and the stack of any other failure. */
function attempt<T>(work: () => T): { value?: T; problem?: string } {
  try {
    return { value: work() };
  } catch (error) {
    if (isDistillError(error, "CONFIG_INVALID", "LIMIT_EXCEEDED")) return {};
    return { problem: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
