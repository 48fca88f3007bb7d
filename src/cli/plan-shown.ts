import { formatPlatform } from "../image/platform.ts";
import { type Origin, shownOrigin } from "../plan/origin.ts";
import type { Plan, Stage, Step } from "../plan/plan.ts";
import type { RunMount } from "../plan/run-step.ts";
import type { ShownPlan, ShownStage, ShownStep } from "../ui/plan.ts";

/** What people are shown of a plan. */
export function shownPlan(plan: Plan, ignoreFile?: string): ShownPlan {
  const { stages, skipped = [], unusedArguments = [] } = plan;
  const names = new Map(stages.map((stage) => [stage.written?.index, stage.name]));
  const written = [...stages.map(({ name, written }) => ({ name, index: written?.index ?? 0 })), ...skipped];
  const all = stages.length + skipped.length;
  const built = skipped.length === 0 ? "all are built" : `${stages.length} are built`;
  const which = all === 1 ? "one stage" : `${all} stages, ${built}`;
  return {
    title: `${plan.source} for ${formatPlatform(plan.platform)}: ${which}`,
    ignoreFile,
    notes: unusedArguments.map((name) => `No ARG of what is built asks for the build argument ${name}`),
    stages: stages.map((stage, index) => shownStage(stage, names, written, index === stages.length - 1)),
    skipped: skipped.map(({ name, index, place, base }) => ({
      id: `stage ${index}`,
      name,
      text: `  ${stageTitle(name, index)}, ${place.file}:${place.start.line}, FROM ${base}`,
    })),
  };
}

type Names = ReadonlyMap<number | undefined, string>;

/** A name that a stage further down has, too, does not mean that one. */
function notBelow(
  { steps, written }: Stage,
  below: readonly { readonly name: string; readonly index: number }[],
): string {
  const from = steps.find((step) => step.kind === "from");
  if (from?.origin.kind !== "image" || written === undefined) return "";
  const [, base = ""] = from.text.split(" ");
  const same = below.find(({ name, index }) => name === base.toLowerCase() && index >= written.index);
  return same === undefined
    ? ""
    : `; stage ${same.index}, which has that name too, stands further down and is not meant`;
}

function shownStage(stage: Stage, names: Names, below: Parameters<typeof notBelow>[1], ships: boolean): ShownStage {
  const { name, steps, written } = stage;
  const from = steps.find((step) => step.kind === "from");
  const where = written === undefined ? "" : `, ${written.place.file}:${written.place.start.line}`;
  const title = written === undefined ? name : stageTitle(name, written.index);
  return {
    id: written === undefined ? name : `stage ${written.index}`,
    name,
    heading: `${title}${where}${ships ? ", ships" : ""}`,
    base:
      from === undefined
        ? undefined
        : baseText(from.origin, written?.baseKnown === true, names) + notBelow(stage, below),
    steps: steps.map((step) => shownStep(step, names)),
    needs: steps.flatMap((step) =>
      originsOf(step).flatMap(({ origin, by }) =>
        origin.kind === "scratch" ? [] : [{ id: shownOrigin(origin), label: originText(origin, names), by }],
      ),
    ),
    ships,
  };
}

function stageTitle(name: string, index: number): string {
  return name === String(index) ? `Stage ${index}` : `Stage ${index} (${name})`;
}

function baseText(origin: Origin, known: boolean, names: Names): string {
  switch (origin.kind) {
    case "scratch":
      return "Begins with nothing (scratch)";
    case "stage":
      return `Begins with ${originText(origin, names)}`;
    case "image":
      return `Begins with image ${origin.reference} for ${formatPlatform(origin.platform)}, ${how(known, "its registry")}`;
    case "named-context": {
      const { kind } = origin.location;
      const text = `Begins with ${originText(origin, names)}`;
      if (kind !== "image" && kind !== "transport") return `${text}: its files, and no settings`;
      const source = kind === "image" ? "its registry" : "there";
      return `${text} for ${formatPlatform(origin.platform)}, ${how(known, source)}`;
    }
    case "context":
      return "Begins with the build context";
  }
}

function how(known: boolean, source: string): string {
  if (known) return "which is in the store";
  return `from ${source}; nobody asked what it says of itself: its variables are empty here, and triggers may be missing`;
}

function originText(origin: Origin, names: Names): string {
  if (origin.kind === "context") return "the context";
  if (origin.kind === "named-context") return `context ${shownOrigin(origin)}`;
  if (origin.kind !== "stage") return shownOrigin(origin);
  return `stage ${names.get(origin.index) ?? origin.index}`;
}

function shownStep(step: Step, names: Names): ShownStep {
  const line = "place" in step ? String(step.place.start.line) : "";
  return { line, text: step.text, uses: usesOf(step, names) };
}

function usesOf(step: Step, names: Names): string {
  switch (step.kind) {
    case "transfer":
      return step.sources.some(({ kind }) => kind === "path") ? originText(step.from, names) : "";
    case "copy":
      return "the context";
    case "run":
      return step.mounts.map((mount) => mountText(mount, names)).join(", ");
    default:
      return "";
  }
}

function mountText(mount: RunMount, names: Names): string {
  switch (mount.kind) {
    case "bind":
      return `${originText(mount.from, names)} at ${mount.target}`;
    case "secret":
      return `secret ${mount.id}`;
    case "ssh":
      return `ssh ${mount.id}`;
    default:
      return `${mount.kind} ${mount.target}`;
  }
}

function originsOf(step: Step): readonly { readonly origin: Origin; readonly by: string }[] {
  switch (step.kind) {
    case "from":
      return [{ origin: step.origin, by: "FROM" }];
    case "transfer":
      return step.sources.some(({ kind }) => kind === "path") ? [{ origin: step.from, by: step.instruction }] : [];
    case "copy":
      return [{ origin: { kind: "context" }, by: "copy" }];
    case "run":
      return step.mounts.flatMap((mount) =>
        "from" in mount && mount.from !== undefined ? [{ origin: mount.from, by: mount.kind }] : [],
      );
    default:
      return [];
  }
}
