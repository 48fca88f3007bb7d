import type { ContainerConfig, HistoryEntry } from "../image/config.ts";
import type { Image } from "../image/image.ts";
import { throwIfCancelled } from "../lib/cancel.ts";
import { type Digest, digestOf } from "../lib/digest.ts";
import type { Progress } from "../lib/progress.ts";
import { ElfReader } from "../linker/elf-reader.ts";
import { refuseUnresolved, unresolvedLibraries } from "../linker/unresolved.ts";
import { type ComposeStep, type CopyStep, finalStage, type Plan, type Step } from "../plan/plan.ts";
import { diffTrees } from "../rootfs/diff.ts";
import { writeLayer } from "../rootfs/layer-writer.ts";
import type { Tree } from "../rootfs/tree.ts";
import type { Lease } from "../store/leases.ts";
import type { Store } from "../store/store.ts";
import { resolveAccount } from "./accounts.ts";
import type { BuildContext } from "./context.ts";
import { copyInto, fingerprint } from "./copy.ts";
import { LayeredTree } from "./layered-tree.ts";
import { applyMeta } from "./meta.ts";

/** Changes whenever the same step would make other bytes. */
const SEMANTICS = 1;

/** What a stage begins with. */
export interface StageBase {
  readonly layers: readonly { readonly diffID: Digest; readonly createdBy: string }[];
  readonly config: ContainerConfig;
  /** Entries of its root file system that are no directories. */
  readonly files: number;
}

export interface BuiltImage {
  readonly image: Image;
  /** Entries of the root file system that are no directories. */
  readonly files: number;
}

export interface BuildCollaborators {
  readonly store: Store;
  readonly lease: Lease;
  /** Where copy steps take files from; absent where the plan has none. */
  readonly context: BuildContext | undefined;
  /** Seconds since the epoch: the image's creation and every entry of its layers. */
  readonly timestamp: number;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
  composeBase(step: ComposeStep): Promise<StageBase>;
}

/** The image while its steps are done one after another; each step makes another state. */
interface State {
  readonly layers: readonly Digest[];
  readonly history: readonly HistoryEntry[];
  readonly config: ContainerConfig;
  readonly files: number;
}

/**
 * Does the steps of the plan's final stage and stores the image that results, untagged. A copy step that has been done
 * before on the same base with the same files is taken from the store.
 */
export async function build(plan: Plan, collaborators: BuildCollaborators): Promise<BuiltImage> {
  const { store, lease, timestamp, signal } = collaborators;
  const created = new Date(timestamp * 1000).toISOString().replace(".000Z", "Z");
  let state: State = { layers: [], history: [], config: {}, files: 0 };
  for (const step of finalStage(plan).steps) {
    throwIfCancelled(signal);
    state = await doStep(state, step, created, collaborators);
  }
  const { os, architecture, variant } = plan.platform;
  const image = await store.putImage(lease, {
    config: {
      created,
      architecture,
      ...(variant === undefined ? {} : { variant }),
      os,
      config: state.config,
      history: state.history,
    },
    layers: state.layers,
  });
  return { image, files: state.files };
}

async function doStep(state: State, step: Step, created: string, collaborators: BuildCollaborators): Promise<State> {
  switch (step.kind) {
    case "compose": {
      const base = await collaborators.composeBase(step);
      const history = base.layers.map((layer) => ({ created, created_by: layer.createdBy }));
      return { layers: base.layers.map((layer) => layer.diffID), history, config: base.config, files: base.files };
    }
    case "copy": {
      const { diffID, files } = await copyLayer(state, step, collaborators);
      const entry = { created, created_by: `distill ${step.text}` };
      return { ...state, layers: [...state.layers, diffID], history: [...state.history, entry], files };
    }
    case "meta": {
      const entry = { created, created_by: `distill ${step.text}`, empty_layer: true };
      return { ...state, config: applyMeta(state.config, step), history: [...state.history, entry] };
    }
  }
}

interface CopiedLayer {
  readonly diffID: Digest;
  readonly files: number;
}

async function copyLayer(state: State, step: CopyStep, collaborators: BuildCollaborators): Promise<CopiedLayer> {
  const { store, lease, context, timestamp, progress } = collaborators;
  if (context === undefined) throw new Error("a plan with copy steps was built without a context");
  const task = progress.start(step.text);
  try {
    const sources = step.sources.map((source) => context.read(source));
    const { destination, owner, mode } = step;
    const parts = [SEMANTICS, timestamp, state.layers, destination, owner ?? null, mode ?? null, fingerprint(sources)];
    const key = digestOf(JSON.stringify(["copy", ...parts]));
    const known = store.recallStep(key, lease) as CopiedLayer | undefined;
    if (known !== undefined) {
      task.end("cached");
      return known;
    }
    await using base = await LayeredTree.of(store, state.layers);
    const tree = copyInto(base.tree, step, sources, await resolveAccount(base.tree, owner ?? "0:0"));
    await refuseUnlinkable(base.tree, tree);
    const { diffID } = await store.writeLayer(lease, writeLayer(diffTrees(base.tree, tree), { timestamp }));
    const copied = { diffID, files: tree.countFiles() };
    store.rememberStep(key, copied, [diffID]);
    task.end("done");
    return copied;
  } catch (error) {
    task.end("failed");
    throw error;
  }
}

/** An ELF file of the app whose libraries are not in the image would fail when it starts; say so now. */
async function refuseUnlinkable(below: Tree, tree: Tree): Promise<void> {
  const reader = new ElfReader();
  const added = [];
  for (const { path, node } of diffTrees(below, tree)) {
    const elf = await reader.read(path, node);
    if (elf !== undefined) added.push({ path, elf });
  }
  refuseUnresolved(
    await unresolvedLibraries(tree, reader, added),
    "add the Debian package that has the library to packages:, or copy the library too",
  );
}
