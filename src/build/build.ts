import type { ContainerConfig, HistoryEntry } from "../image/config.ts";
import type { Image } from "../image/image.ts";
import { throwIfCancelled, untilCancelled } from "../lib/cancel.ts";
import { type Digest, digestOf } from "../lib/digest.ts";
import { DistillError } from "../lib/errors.ts";
import { asTask, type Progress } from "../lib/progress.ts";
import type { ComposeStep } from "../plan/compose-step.ts";
import { type CopyStep, finalStage, type Plan, type Step } from "../plan/plan.ts";
import { resolveAccount } from "../rootfs/accounts.ts";
import { diffTrees } from "../rootfs/diff.ts";
import { writeLayer } from "../rootfs/layer-writer.ts";
import type { Lease } from "../store/leases.ts";
import type { Store } from "../store/store.ts";
import type { BuildContext, ContextSource } from "./context.ts";
import { copyInto, fingerprint } from "./copy.ts";
import { LayeredTree } from "./layered-tree.ts";
import { refuseUnlinkable } from "./linkable.ts";
import { applyMeta } from "./meta.ts";

/** Changes whenever the same step would make other bytes. */
const SEMANTICS = 2;

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
  /** Those of the layers that copy steps made. */
  readonly copied: readonly Digest[];
  readonly history: readonly HistoryEntry[];
  readonly config: ContainerConfig;
  readonly files: number;
}

/**
 * Does the steps of the plan's final stage and stores the image that results, untagged. A copy step that has been done
 * before on the same base with the same files is taken from the store. UNRESOLVED_LIBRARY where a program that was
 * copied would lack a library.
 */
export async function build(plan: Plan, collaborators: BuildCollaborators): Promise<BuiltImage> {
  const { store, lease, timestamp, progress, signal } = collaborators;
  const created = new Date(timestamp * 1000).toISOString().replace(".000Z", "Z");
  let state: State = { layers: [], copied: [], history: [], config: {}, files: 0 };
  for (const step of finalStage(plan).steps) {
    throwIfCancelled(signal);
    state = await doStep(state, step, created, collaborators);
  }
  throwIfCancelled(signal);
  await refuseUnlinkable(state, store);
  const { os, architecture, variant } = plan.platform;
  const config = {
    created,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    os,
    config: state.config,
    history: state.history,
  };
  const image = await asTask(progress, "Packing layers", () =>
    store.putImage(lease, { config, layers: state.layers }, signal),
  );
  return { image, files: state.files };
}

async function doStep(state: State, step: Step, created: string, collaborators: BuildCollaborators): Promise<State> {
  switch (step.kind) {
    case "compose": {
      const base = await collaborators.composeBase(step);
      const history = base.layers.map((layer) => ({ created, created_by: layer.createdBy }));
      const layers = base.layers.map((layer) => layer.diffID);
      return { layers, copied: [], history, config: base.config, files: base.files };
    }
    case "copy": {
      const { diffID, files } = await copyLayer(state, step, collaborators);
      const entry = { created, created_by: `distill ${step.text}` };
      return {
        ...state,
        layers: [...state.layers, diffID],
        copied: [...state.copied, diffID],
        history: [...state.history, entry],
        files,
      };
    }
    case "meta": {
      const entry = { created, created_by: `distill ${step.text}`, empty_layer: true };
      return { ...state, config: applyMeta(state.config, step), history: [...state.history, entry] };
    }
    default:
      throw new DistillError("UNSUPPORTED", `${step.text}: steps of Dockerfiles cannot be built yet`, {
        hint: "distill build --print-plan shows what they mean",
      });
  }
}

interface CopiedLayer {
  readonly diffID: Digest;
  readonly files: number;
}

async function copyLayer(state: State, step: CopyStep, collaborators: BuildCollaborators): Promise<CopiedLayer> {
  const { store, lease, context, timestamp, progress, signal } = collaborators;
  if (context === undefined) throw new Error("a plan with copy steps was built without a context");
  return asTask(progress, step.text, async (task) => {
    const sources: ContextSource[] = [];
    for (const source of step.sources) sources.push(await context.read(source, signal));
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
    const tar = writeLayer(diffTrees(base.tree, tree), { timestamp });
    const { diffID } = await store.writeLayer(lease, untilCancelled(tar, signal));
    store.packInBackground(diffID);
    const copied = { diffID, files: tree.countFiles() };
    store.rememberStep(key, copied, [diffID]);
    return copied;
  });
}
