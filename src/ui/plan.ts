import { formatTable } from "./format.ts";
import { printableLine } from "./printable.ts";

/** A plan as people read it. */
export interface ShownPlan {
  /** "Dockerfile for linux/amd64: 2 of 3 stages are built". */
  readonly title: string;
  /** The file that says what the context leaves out. */
  readonly ignoreFile: string | undefined;
  readonly stages: readonly ShownStage[];
  readonly skipped: readonly ShownSkipped[];
  /** What the user should know. */
  readonly notes: readonly string[];
}

export interface ShownStage {
  /** What other stages name it by. */
  readonly id: string;
  readonly name: string;
  /** "stage 0, build, Dockerfile:3". */
  readonly heading: string;
  /** What it begins with, and how that is had. */
  readonly base: string | undefined;
  readonly steps: readonly ShownStep[];
  /** Where it takes files from, with what does so. */
  readonly needs: readonly { readonly id: string; readonly label: string; readonly by: string }[];
  readonly ships: boolean;
}

export interface ShownStep {
  readonly line: string;
  readonly text: string;
  /** What it takes files from, or has mounted. */
  readonly uses: string;
}

export interface ShownSkipped {
  readonly id: string;
  readonly name: string;
  readonly text: string;
}

/** Longer steps are cut; the whole ones are in the JSON form. */
const STEP_WIDTH = 100;

/** Stages in the order in which they are built, each with its steps. */
export function planTable({ title, ignoreFile, stages, skipped, notes }: ShownPlan): string {
  const parts = stages.map(({ heading, base, steps }) => {
    const rows = steps.map(({ line, text, uses }) => [line, shortened(text), uses]);
    const begins = base === undefined ? "" : `${printableLine(base)}\n`;
    return `${printableLine(heading)}\n${begins}${formatTable(["LINE", "STEP", "USES"], rows, [0])}`;
  });
  const left = skipped.map(({ text }) => `${printableLine(text)}\n`);
  const ignored = ignoreFile === undefined ? "" : `The context is without what ${printableLine(ignoreFile)} names\n`;
  const notBuilt = left.length === 0 ? [] : [`Not built:\n${left.join("")}`];
  return [
    `${printableLine(title)}\n${ignored}`,
    ...parts,
    ...notBuilt,
    ...notes.map((note) => `${printableLine(note)}\n`),
  ].join("\n");
}

/** The stages and what they need, in the language of Graphviz. */
export function planDot({ title, stages, skipped }: ShownPlan): string {
  const own = new Set(stages.map(({ id }) => id));
  const outside = new Map(stages.flatMap(({ needs }) => needs.map(({ id, label }) => [id, label] as const)));
  const lines = [
    `label=${quote(title)}`,
    "rankdir=LR",
    "node [shape=box]",
    ...stages.map(
      ({ id, name, ships, steps }) =>
        `${quote(id)} [label=${quote(`${name}\n${steps.length} steps`)}${ships ? ", peripheries=2" : ""}]`,
    ),
    ...skipped.map(({ id, name }) => `${quote(id)} [label=${quote(name)}, style=dashed]`),
    ...Array.from(outside).flatMap(([id, label]) =>
      own.has(id) ? [] : [`${quote(id)} [label=${quote(label)}, shape=ellipse]`],
    ),
    ...stages.flatMap(({ id, needs }) =>
      needs.map((need) => `${quote(need.id)} -> ${quote(id)} [label=${quote(need.by)}]`),
    ),
  ];
  return `digraph plan {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`;
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > STEP_WIDTH ? `${line.slice(0, STEP_WIDTH - 3).toWellFormed()}...` : line;
}

function quote(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return `"${printableLine(escaped)}"`;
}
