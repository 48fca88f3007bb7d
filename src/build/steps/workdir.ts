import { isDistillError } from "../../lib/errors.ts";
import type { WorkdirStep } from "../../plan/plan.ts";
import { type Account, resolveAccount } from "../../rootfs/accounts.ts";
import { Attributer } from "../../rootfs/node.ts";
import { pathFromText } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { TreeEditor } from "../../rootfs/tree-editor.ts";
import { lazyLayer } from "../stage-layer.ts";
import type { StageState } from "../stage-state.ts";
import { layerChanges } from "../transfer/layer-changes.ts";
import { asMkdir } from "../transfer/made-directories.ts";
import type { StepSite } from "./transfer.ts";

/** WORKDIR: a directory with those above it, where there is none, owned by the stage's user. */
export async function workdir(site: StepSite, state: StageState, step: WorkdirStep): Promise<StageState> {
  const { run, stage, report, cached } = site;
  const { line } = step.place.start;
  const id = run.key(state.files.id, "workdir", step.path, step.user ?? null);
  const key = run.layerKey(id);
  const make = (lower: Tree): Promise<Tree> => makeDirectory(site, lower, step);
  const files = state.files.after(
    {
      id,
      apply: (lower) => report.run(() => make(lower)),
      layer: () => (cached ? run.recallLayer(key)?.diffID : undefined),
    },
    (lower, layer) => run.layerFiles.apply(lower, layer),
  );
  const layer = lazyLayer({ text: step.text, stage, line }, () =>
    run.at(step, () =>
      run.layer(key, cached, report, async () => {
        const lower = await state.files.shape();
        const tree = await make(lower);
        const times = run.collaborators.keepTimes ? "files" : "none";
        return { changes: await layerChanges(lower, tree, times), tree, moves: [] };
      }),
    ),
  );
  return { ...state, files, layers: [...state.layers, layer] };
}

async function makeDirectory({ run, stage }: StepSite, lower: Tree, step: WorkdirStep): Promise<Tree> {
  const account = await ownerOf(lower, step, (text) => run.collaborators.progress.warn(text));
  const editor = new TreeEditor(lower);
  const attributes = new Attributer().of({
    ...{ mode: 0o755, ...account, mtime: run.collaborators.timestamp },
    owner: { kind: "step", stage, line: step.place.start.line },
  });
  const made = asMkdir(attributes, step.user !== undefined);
  editor.makeDirectories(editor.follow(pathFromText(step.path)).path, made);
  return editor.done();
}

/** A name that the image does not know is no failure here: no file asks for it, and USER alone may mean a later image. */
async function ownerOf(tree: Tree, { user, path }: WorkdirStep, warn: (text: string) => void): Promise<Account> {
  if (user === undefined) return { uid: 0, gid: 0 };
  try {
    return await resolveAccount(tree, user);
  } catch (error) {
    if (!isDistillError(error, "CONFIG_INVALID")) throw error;
    warn(`${path} is root's: ${error.message}`);
    return { uid: 0, gid: 0 };
  }
}
