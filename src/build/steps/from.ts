import type { Digest } from "../../lib/digest.ts";
import { type ImageOrigin, type NamedContextOrigin, type Origin, shownOrigin } from "../../plan/origin.ts";
import type { FromStep, StageImage } from "../../plan/plan.ts";
import { wholeTree } from "../../rootfs/diff.ts";
import { ROOT } from "../../rootfs/path.ts";
import type { BuildRun } from "../build-run.ts";
import type { FileSource, StageBase } from "../collaborators.ts";
import { FileState } from "../file-state.ts";
import { emptyTree } from "../layer-files.ts";
import { knownLayer, lazyLayer } from "../stage-layer.ts";
import type { StageState } from "../stage-state.ts";
import { fingerprintOf } from "../transfer/fingerprint.ts";
import type { StepSite } from "./transfer.ts";

/** FROM: the files and layers that a stage begins with. `stageOf` gives another stage when it is known. */
export async function from(
  site: StepSite,
  step: FromStep,
  image: StageImage,
  stageOf: (index: number) => Promise<StageState>,
): Promise<StageState> {
  const { run, report } = site;
  const { origin } = step;
  switch (origin.kind) {
    case "scratch":
      return { files: emptyState(run), layers: [], image, appLayers: [], unknownHistory: 0 };
    case "stage":
      return { ...(await stageOf(origin.index)), image };
    case "image":
    case "named-context":
      return report.run(async () => {
        const files = origin.kind === "image" ? undefined : await run.collaborators.files?.(origin);
        if (files !== undefined) return onFiles(site, files, image, step);
        return onImage(run, origin, await imageOf(run, origin), image);
      });
    case "context":
      throw new Error("no stage begins with the build context");
  }
}

/** Where files are taken from: `COPY --from`, or the context. */
export async function sourceOf(
  run: BuildRun,
  origin: Origin,
  stageOf: (index: number) => Promise<StageState>,
): Promise<FileSource> {
  switch (origin.kind) {
    case "scratch":
      return emptyState(run);
    case "stage":
      return (await stageOf(origin.index)).files;
    case "image":
      return stateOf(run, origin, await imageOf(run, origin));
    case "context":
    case "named-context": {
      const files = await run.collaborators.files?.(origin);
      if (files !== undefined) return files;
      if (origin.kind === "context") throw new Error("a plan with a context was built without one");
      return stateOf(run, origin, await imageOf(run, origin));
    }
  }
}

function emptyState(run: BuildRun): FileState {
  return FileState.base(run.key("layers", []), "scratch", async () => emptyTree());
}

function imageOf({ collaborators }: BuildRun, origin: ImageOrigin | NamedContextOrigin): Promise<StageBase> {
  if (collaborators.image === undefined) throw new Error("a plan with images was built without a source of them");
  return collaborators.image(origin);
}

function stateOf(run: BuildRun, origin: Origin, { layers }: StageBase): FileState {
  const diffIDs: readonly Digest[] = layers.map(({ diffID }) => diffID);
  return FileState.base(run.key("layers", diffIDs), shownOrigin(origin), () => run.layerFiles.tree(diffIDs));
}

function onImage(run: BuildRun, origin: Origin, base: StageBase, image: StageImage): StageState {
  const told = (base.history ?? base.layers.map(() => ({}))).filter(
    (entry) => !("empty_layer" in entry && entry.empty_layer),
  );
  const { layers, files } = base;
  return {
    files: stateOf(run, origin, base),
    layers: layers.map(({ diffID, part }, index) =>
      knownLayer(diffID, index === layers.length - 1 ? files : undefined, part),
    ),
    image,
    appLayers: [],
    unknownHistory: Math.max(0, layers.length - told.length),
  };
}

/** A directory or an archive in the place of an image: its files are one layer. */
async function onFiles(site: StepSite, files: FileSource, image: StageImage, step: FromStep): Promise<StageState> {
  const { run, stage, report, cached } = site;
  const tree = await files.tree();
  const selected = [{ name: "", path: ROOT, node: tree.root }];
  const fingerprint = files.id ?? (await fingerprintOf(selected, run.collaborators.signal));
  const id = run.key("files", fingerprint);
  const layer = lazyLayer({ text: step.text, stage, line: step.place.start.line }, () =>
    run.layer(run.layerKey(id), cached, report, async () => ({
      changes: wholeTree(tree),
      tree,
      moves: [{ from: "/", origin: shownOrigin(step.origin), to: "/" }],
    })),
  );
  return {
    files: FileState.base(id, shownOrigin(step.origin), async () => tree),
    layers: [layer],
    image,
    appLayers: [],
    unknownHistory: 1,
  };
}
