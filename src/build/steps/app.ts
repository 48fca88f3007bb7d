import { digestOf } from "../../lib/digest.ts";
import type { ComposeStep } from "../../plan/compose-step.ts";
import type { CopyStep, MetaStep } from "../../plan/plan.ts";
import { resolveAccount } from "../../rootfs/accounts.ts";
import { diffTrees } from "../../rootfs/diff.ts";
import { copyInto, fingerprint } from "../app/copy.ts";
import { applyMeta } from "../app/meta.ts";
import type { ContextSource } from "../context/build-context.ts";
import { FileState } from "../file-state.ts";
import { knownLayer, lazyLayer } from "../stage-layer.ts";
import type { StageState } from "../stage-state.ts";
import type { StepSite } from "./transfer.ts";

/** Begins a stage of a distill.yaml with a composed base. */
export async function compose({ run }: StepSite, step: ComposeStep): Promise<StageState> {
  const { layers, config, files } = await run.collaborators.composeBase(step);
  const diffIDs = layers.map(({ diffID }) => diffID);
  return {
    files: FileState.base(run.key("layers", diffIDs), step.base, () => run.layerFiles.tree(diffIDs)),
    layers: diffIDs.map((diffID) => knownLayer(diffID, files)),
    image: { author: undefined, config, history: layers.map(({ createdBy }) => ({ created_by: createdBy })) },
    appLayers: [],
    unknownHistory: 0,
  };
}

/** Copies files of the app; see app/copy. */
export async function copy(
  { run, stage, report, cached }: StepSite,
  state: StageState,
  step: CopyStep,
): Promise<StageState> {
  const { context, signal, timestamp } = run.collaborators;
  if (context === undefined) throw new Error("a plan with copy steps was built without a context");
  const sources: ContextSource[] = [];
  for (const source of step.sources) sources.push(await context.read(source, signal));
  const { destination, owner, mode } = step;
  const prints = digestOf(fingerprint(sources));
  const id = run.key(state.files.id, "copy", destination, owner ?? null, mode ?? null, prints);
  const key = run.key("layer", id, timestamp);
  const make = async (lower: Parameters<typeof copyInto>[0]) =>
    copyInto(lower, step, sources, await resolveAccount(lower, owner ?? "0:0"));
  const files = state.files.after({ id, apply: make, layer: () => run.recallLayer(key)?.diffID }, (lower, layer) =>
    run.layerFiles.apply(lower, layer),
  );
  const layer = lazyLayer({ text: step.text, stage, line: undefined }, () =>
    run.layer(key, cached, report, async () => {
      const lower = await state.files.shape();
      const tree = await make(lower);
      const moves = sources.map(({ path }) => ({ from: `/${path}`, origin: "context", to: destination }));
      return { changes: diffTrees(lower, tree), tree, moves };
    }),
  );
  const history = [...state.image.history, { created_by: `distill ${step.text}` }];
  return {
    ...state,
    files,
    layers: [...state.layers, layer],
    appLayers: [...state.appLayers, layer],
    image: { ...state.image, history },
  };
}

/** Changes what containers start with. */
export function meta(state: StageState, step: MetaStep): StageState {
  const { config, history, author } = state.image;
  const entry = { created_by: `distill ${step.text}`, empty_layer: true };
  return { ...state, image: { author, config: applyMeta(config, step), history: [...history, entry] } };
}
