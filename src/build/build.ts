import type { HistoryEntry, ImageConfig } from "../image/config.ts";
import type { Image } from "../image/image.ts";
import { throwIfCancelled } from "../lib/cancel.ts";
import { asTask } from "../lib/progress.ts";
import { finalStage, type Plan, type Stage, type Step } from "../plan/plan.ts";
import { refuseUnlinkable } from "./app/linkable.ts";
import { rememberRecord } from "./build-record.ts";
import { BuildRun } from "./build-run.ts";
import type { BuildCollaborators } from "./collaborators.ts";
import { runProgram } from "./run/run.ts";
import type { LayerRecord, MadeLayer } from "./stage-layer.ts";
import type { StageState } from "./stage-state.ts";
import { stepTitles } from "./step-titles.ts";
import { compose, copy, meta } from "./steps/app.ts";
import { from, sourceOf } from "./steps/from.ts";
import { type StepSite, transfer } from "./steps/transfer.ts";
import { workdir } from "./steps/workdir.ts";

export interface BuiltImage {
  readonly image: Image;
  /** Entries of the root file system that are no directories, where that is known. */
  readonly files: number | undefined;
  /** Lowest first. */
  readonly layers: readonly LayerRecord[];
}

/**
 * Does what the plan's last stage needs and stores the image that results, untagged. Stages are worked on side by side;
 * what was done before with the same files is taken from the store. Failures of a step name its place in the build file.
 * UNRESOLVED_LIBRARY where a program that a distill.yaml copies would lack a library.
 */
export async function build(plan: Plan, collaborators: BuildCollaborators): Promise<BuiltImage> {
  await using run = new BuildRun(plan, collaborators);
  const final = await stagesOf(run);
  const made: MadeLayer[] = [];
  for (const layer of final.layers) made.push(await layer.made());
  throwIfCancelled(collaborators.signal);
  await refuseUnlinkableApp(run, final);
  run.endReports();
  const layers = made.map(({ diffID, moves }, index): LayerRecord => {
    const step = final.layers[index]?.step;
    return { diffID, ...(step === undefined ? {} : { step }), ...(moves === undefined ? {} : { moves }) };
  });
  const image = await storeImage(run, final, layers);
  rememberRecord(collaborators.store, image.configDigest, layers);
  return { image, files: made.at(-1)?.files, layers };
}

/** Begins all stages at once; each waits for those that it needs. The last one is what ships. */
async function stagesOf(run: BuildRun): Promise<StageState> {
  const { stages } = run.plan;
  const started = new Map<number, Promise<StageState>>();
  const stageOf = (index: number): Promise<StageState> => {
    const known = started.get(index);
    if (known === undefined) throw new Error(`stage ${index} stands behind what needs it`);
    return known;
  };
  const all = stages.map((stage, position) => {
    const result = stageState(run, stage, stageOf);
    started.set(stage.written?.index ?? position, result);
    return result;
  });
  try {
    const [last] = (await Promise.all(all)).slice(-1);
    if (last === undefined) throw new Error(`the plan of ${run.plan.source} has no stage`);
    return last;
  } catch (error) {
    run.collaborators.stop?.();
    await Promise.allSettled(all);
    throw error;
  }
}

async function stageState(
  run: BuildRun,
  stage: Stage,
  stageOf: (index: number) => Promise<StageState>,
): Promise<StageState> {
  const titles = stepTitles(run.plan, stage);
  let state: StageState | undefined;
  for (const [index, step] of stage.steps.entries()) {
    const title = titles[index];
    const report = title === undefined ? undefined : run.report(title);
    const site = { run, stage: stage.name, cached: run.usesCache(stage) };
    state = await run.at(step, () => doStep({ ...site, report: report ?? run.quietly() }, stage, step, state, stageOf));
  }
  if (state === undefined) throw new Error(`stage ${stage.name} of ${run.plan.source} has no steps`);
  return state;
}

async function doStep(
  site: StepSite,
  stage: Stage,
  step: Step,
  state: StageState | undefined,
  stageOf: (index: number) => Promise<StageState>,
): Promise<StageState> {
  if (step.kind === "compose") return compose(site, step);
  if (step.kind === "from") {
    return from(site, step, stage.written?.image ?? { author: undefined, config: {}, history: [] }, stageOf);
  }
  if (state === undefined) throw new Error(`${step.text} stands before what a stage begins with`);
  switch (step.kind) {
    case "transfer":
      return transfer(site, state, step, () => sourceOf(site.run, step.from, stageOf));
    case "workdir":
      return workdir(site, state, step);
    case "copy":
      return copy(site, state, step);
    case "meta":
      return meta(state, step);
    case "config":
      return state;
    case "run":
      return runProgram(site, state, step, (origin) => sourceOf(site.run, origin, stageOf));
  }
}

async function refuseUnlinkableApp(run: BuildRun, { layers, appLayers }: StageState): Promise<void> {
  if (appLayers.length === 0) return;
  const diffIDs = async (of: StageState["layers"]) =>
    (await Promise.all(of.map((each) => each.made()))).map((each) => each.diffID);
  const given = { layers: await diffIDs(layers), copied: await diffIDs(appLayers) };
  await refuseUnlinkable(given, run.collaborators.store, run.layerFiles);
}

async function storeImage(run: BuildRun, state: StageState, layers: readonly LayerRecord[]): Promise<Image> {
  const { store, lease, signal, progress, annotations, packing = "now" } = run.collaborators;
  const named = layers.map(({ diffID }, index) => state.layers[index]?.part ?? diffID);
  const parts = { config: configOf(run, state), layers: named, annotations };
  if (packing === "later") return store.putFreshImage(lease, parts);
  return asTask(progress, "Packing layers", () => store.putImage(lease, parts, signal));
}

function configOf(run: BuildRun, { image, unknownHistory }: StageState): Omit<ImageConfig, "rootfs"> {
  const { timestamp, labels } = run.collaborators;
  const created = new Date(timestamp * 1000).toISOString().replace(".000Z", "Z");
  const { os, architecture, variant } = finalStage(run.plan).written?.platform ?? run.plan.platform;
  const { author, config } = image;
  const Labels = { ...config.Labels, ...labels };
  const untold = Array.from({ length: unknownHistory }, (): HistoryEntry => ({ comment: "not told by the base" }));
  return {
    created,
    ...(author === undefined ? {} : { author }),
    architecture,
    ...(variant === undefined ? {} : { variant }),
    os,
    config: Object.keys(Labels).length === 0 ? config : { ...config, Labels },
    history: [...untold, ...image.history].map((entry) => ({ created, ...entry })),
  };
}
