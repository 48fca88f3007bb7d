import { changesBetween, wholeTree } from "../../rootfs/diff.ts";
import { ROOT } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { BuildRun } from "../build-run.ts";
import type { FileState } from "../file-state.ts";
import { fingerprintOf } from "../transfer/fingerprint.ts";

/** Overlays may have 500 lowers, and their names have to fit into a page. */
const MAX_LOWERS = 120;

/**
 * The files of a state as lower layers of an overlay on disk, uppermost first: one for what its stage began with, one for each
 * program that ran since, and one for what was copied behind the last of them. Those that are not there are unpacked, by one
 * builder at a time.
 */
export async function lowersOf(run: BuildRun, sandbox: Sandbox, state: FileState): Promise<readonly string[]> {
  const ground = groundOf(state);
  const below = ground.below === undefined ? [] : await lowersOf(run, sandbox, ground.below);
  const lowers = [await layerOf(run, sandbox, ground.below, ground), ...below];
  if (ground !== state) lowers.unshift(await layerOf(run, sandbox, ground, state));
  const needed = lowers.filter((each) => each !== undefined);
  if (needed.length <= MAX_LOWERS) return needed;
  return [await whole(run, sandbox, state.id, () => state.tree())];
}

/** A tree as one directory on disk, found again by what it holds. */
export async function wholeTreeOf(run: BuildRun, sandbox: Sandbox, tree: Tree): Promise<string> {
  const selected = [{ name: "", path: ROOT, node: tree.root }];
  const id = run.key("files", await fingerprintOf(selected, run.collaborators.signal));
  return whole(run, sandbox, id, async () => tree);
}

/** By what an upper directory that a program changed is found, when it is to be a lower one. */
export function programLayerKey(run: BuildRun, sandbox: Sandbox, below: FileState, id: string): string {
  return run.key("snapshot", sandbox.mappingKey, below.id, id);
}

function groundOf(state: FileState): FileState {
  let at = state;
  while (at.below !== undefined && !at.byProgram) at = at.below;
  return at;
}

/** Undefined where there is no difference. */
async function layerOf(
  run: BuildRun,
  sandbox: Sandbox,
  below: FileState | undefined,
  state: FileState,
): Promise<string | undefined> {
  if (below === undefined) return whole(run, sandbox, state.id, () => state.tree());
  if (below.id === state.id) return undefined;
  const key = programLayerKey(run, sandbox, below, state.id);
  return sandbox.snapshot(run.collaborators.lease, key, run.collaborators.signal, async () =>
    changesBetween(await below.tree(), await state.tree()),
  );
}

function whole(run: BuildRun, sandbox: Sandbox, id: string, tree: () => Promise<Tree>): Promise<string> {
  const key = run.key("snapshot", sandbox.mappingKey, id);
  return sandbox.snapshot(run.collaborators.lease, key, run.collaborators.signal, async () => wholeTree(await tree()));
}
