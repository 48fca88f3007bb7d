/*
 * Measures what is done to a Dockerfile before anything is built, in this process: each step by itself, the first time in
 * a fresh process and the median of many.
 *
 *   node bench/dockerfile.ts [--runs 200] [FILE]
 *
 * FILE is by default the largest of the shared goldens that is a Dockerfile, or of our own Dockerfiles where there are no
 * goldens. Prints markdown.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { checkDockerfile } from "../src/dockerfile/checks/check-dockerfile.ts";
import { parseDockerfile } from "../src/dockerfile/dockerfile.ts";
import { planDockerfile } from "../src/dockerfile/graph/plan-dockerfile.ts";
import type { Dockerfile } from "../src/dockerfile/instruction.ts";
import { GOLDEN_BASE, GOLDEN_REQUEST } from "../test/support/golden-plan.ts";
import { readGoldens } from "../test/support/goldens.ts";
import { ownDockerfiles } from "../test/support/own-dockerfiles.ts";
import { machine } from "./report.ts";

/** Milliseconds that reading, planning and checking may take. */
const GOAL = 10;

/** One step of the work; each gets what the one before it made, but for the last one, which does all of it. */
interface Step {
  readonly name: string;
  readonly run: (input: unknown) => unknown;
}

const STEPS: readonly Step[] = [
  { name: "parse", run: (text) => parseDockerfile(String(text)) },
  { name: "plan", run: (dockerfile) => planDockerfile(dockerfile as Dockerfile, GOLDEN_REQUEST, GOLDEN_BASE) },
  {
    name: `parse, plan and check (goal: ${GOAL})`,
    run: () => checkDockerfile(text, "Dockerfile", GOLDEN_REQUEST, GOLDEN_BASE),
  },
];

const { values, positionals } = parseArgs({
  options: { runs: { type: "string", default: "200" } },
  allowPositionals: true,
});

const text = subject(positionals[0]);
const times: number[][] = STEPS.map(() => []);
for (let run = 0; run <= Number(values.runs); run++) {
  let value: unknown = text;
  for (const [index, step] of STEPS.entries()) {
    const began = performance.now();
    value = await step.run(value);
    times[index]?.push(performance.now() - began);
  }
}

console.log(`${machine()}\n`);
console.log(`${text.length} characters, ${text.split("\n").length} lines, ${values.runs} runs\n`);
console.log("| | first, ms | median, ms |\n|---|---:|---:|");
for (const [index, { name }] of STEPS.entries()) console.log(row(name, times[index] ?? []));

function row(name: string, [first = Number.NaN, ...rest]: readonly number[]): string {
  const median = rest.toSorted((a, b) => a - b)[Math.floor(rest.length / 2)] ?? Number.NaN;
  return `| ${name} | ${first.toFixed(2)} | ${median.toFixed(3)} |`;
}

function subject(file: string | undefined): string {
  if (file !== undefined) return readFileSync(file, "utf8");
  const goldens = readGoldens().flatMap(({ dockerfile, instructions }) => (instructions.stages ? [dockerfile] : []));
  const texts = goldens.length > 0 ? goldens : ownDockerfiles().map((own) => own.text);
  const [largest = ""] = texts.toSorted((a, b) => b.length - a.length);
  return largest;
}
