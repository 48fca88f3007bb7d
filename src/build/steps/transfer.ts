import type { TransferStep } from "../../plan/transfer-step.ts";
import { type Account, resolveAccount } from "../../rootfs/accounts.ts";
import { openArchive } from "../../rootfs/archives/open-archive.ts";
import { unpackInto } from "../../rootfs/archives/unpack-into.ts";
import { wholeTree } from "../../rootfs/diff.ts";
import { countEntries, refuseTooManyEntries } from "../../rootfs/entry-count.ts";
import { Attributer } from "../../rootfs/node.ts";
import { overlay } from "../../rootfs/overlay.ts";
import type { Owner } from "../../rootfs/owner.ts";
import { displayPath } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { TreeEditor } from "../../rootfs/tree-editor.ts";
import type { BuildRun } from "../build-run.ts";
import type { FileSource } from "../collaborators.ts";
import type { FileState } from "../file-state.ts";
import { emptyTree } from "../layer-files.ts";
import { type FileMove, lazyLayer } from "../stage-layer.ts";
import type { StageState } from "../stage-state.ts";
import type { StepReport } from "../step-report.ts";
import { type CopyOptions, copyInto, makeDestination } from "../transfer/copy-into.ts";
import { madeDirectoryMode, modeChange } from "../transfer/file-mode.ts";
import { layerChanges } from "../transfer/layer-changes.ts";
import type { Selected } from "../transfer/selection.ts";
import { type ResolvedSource, resolveSources, shownPath } from "./transfer-sources.ts";

/** What a step needs to know of the stage that it is in. */
export interface StepSite {
  readonly run: BuildRun;
  readonly stage: string;
  readonly report: StepReport;
  readonly cached: boolean;
}

/** COPY and ADD: the files become known now, and the layer is made when somebody needs it. */
export async function transfer(
  site: StepSite,
  state: StageState,
  step: TransferStep,
  from: () => Promise<FileSource>,
): Promise<StageState> {
  const { run, stage, report, cached } = site;
  const sources = await resolveSources(run, step, from);
  const account = await accountOf(run, state.files, step);
  const owner: Owner = { kind: "step", stage, line: step.place.start.line };
  const work = new Transfer(run, step, sources, account, owner);
  const id = run.key(...(step.link ? ["link"] : [state.files.id]), ...work.describe());
  const key = run.layerKey(id);
  const stateID = step.link ? run.key(state.files.id, id) : id;
  const files = state.files.after(
    {
      id: stateID,
      apply: (lower) => report.run(async () => (await work.apply(lower)).tree),
      layer: () => (cached ? run.recallLayer(key)?.diffID : undefined),
    },
    (lower, layer) => run.layerFiles.apply(lower, layer),
  );
  const where = { text: step.text, stage, line: step.place.start.line };
  const layer = lazyLayer(where, () =>
    run.at(step, () => run.layer(key, cached, report, async () => work.changesOn(await state.files.shape()))),
  );
  return { ...state, files, layers: [...state.layers, layer] };
}

/** Names are those of the image so far: numbers are what counts. */
async function accountOf(run: BuildRun, files: FileState, { owner }: TransferStep): Promise<Account | undefined> {
  if (owner === undefined) return undefined;
  if (/^\d+(?::\d+)?$/.test(owner)) return resolveAccount(emptyTree(), owner);
  return run.remembered(run.key("account", files.id, owner), async () => {
    const { uid, gid } = await resolveAccount(await files.shape(), owner);
    return { uid, gid };
  });
}

interface Transferred {
  readonly tree: Tree;
  readonly moves: readonly FileMove[];
}

class Transfer {
  readonly #run: BuildRun;
  readonly #step: TransferStep;
  readonly #sources: readonly ResolvedSource[];
  readonly #account: Account | undefined;
  readonly #owner: Owner;

  constructor(
    run: BuildRun,
    step: TransferStep,
    sources: readonly ResolvedSource[],
    account: Account | undefined,
    owner: Owner,
  ) {
    this.#run = run;
    this.#step = step;
    this.#sources = sources;
    this.#account = account;
    this.#owner = owner;
  }

  /** All that decides what is put where. */
  describe() {
    const { destination, mode = null, parents, unpack = null, instruction } = this.#step;
    const { uid, gid } = this.#account ?? { uid: null, gid: null };
    const sources = this.#sources.map(({ kind, fingerprint }) => [kind, fingerprint]);
    return ["transfer", destination, uid, gid, mode, parents, instruction, unpack, sources] as const;
  }

  /** The files below with those of the step. */
  async apply(lower: Tree): Promise<Transferred> {
    if (!this.#step.link) return this.#putInto(lower);
    const { tree, moves } = await this.#putInto(emptyTree());
    return { tree: bounded(overlay(lower, tree)), moves };
  }

  /** What the step's layer holds. */
  async changesOn(lower: Tree) {
    if (this.#step.link) {
      const { tree, moves } = await this.#putInto(emptyTree());
      return { changes: wholeTree(tree), tree: bounded(overlay(lower, tree)), moves };
    }
    const { tree, moves } = await this.#putInto(lower);
    const times = this.#run.collaborators.keepTimes ? "files" : "none";
    return { changes: await layerChanges(lower, tree, times), tree, moves };
  }

  async #putInto(lower: Tree): Promise<Transferred> {
    const editor = new TreeEditor(lower);
    const options = this.#options();
    const moves: FileMove[] = [];
    let copied = 0;
    for (const source of this.#sources) {
      for (const each of await this.#selected(source)) {
        copied += each.node.type === "directory" ? countEntries(each.node) : 1;
        refuseTooManyEntries(copied, "what is copied");
        const to = (await this.#unpacked(editor, source, each, options)) ?? copyInto(editor, [each], options)[0]?.to;
        if (to === undefined) continue;
        const packages = source.root === undefined ? [] : this.#run.carried.of(each.node, to);
        const move = { from: shownPath(each), origin: source.origin, to: displayPath(to) };
        moves.push(packages.length === 0 ? move : { ...move, packages });
      }
    }
    return { tree: bounded(editor.done()), moves };
  }

  async #selected({ root, select }: ResolvedSource): Promise<readonly Selected[]> {
    const { carried, collaborators } = this.#run;
    return root === undefined ? select() : carried.labelled(await root(), await select(), collaborators.signal);
  }

  /** Where an archive was unpacked; undefined for what is copied as it is. */
  async #unpacked(editor: TreeEditor, source: ResolvedSource, selected: Selected, options: CopyOptions) {
    const { instruction, unpack } = this.#step;
    const { node } = selected;
    const wanted = instruction === "ADD" && (unpack ?? source.kind === "path");
    if (!wanted || node.type !== "file") return undefined;
    const { lease, signal } = this.#run.collaborators;
    const name = shownPath(selected).slice(1);
    const archive = await openArchive(node.content, { name, temporaryDirectory: lease.temporaryDirectory, signal });
    if (archive === undefined) return undefined;
    this.#run.closeAtEnd(archive);
    const destination = makeDestination(editor, options);
    const owner = node.attributes.owner;
    const rules = { account: this.#account, owner, attributer: new Attributer(), signal };
    await unpackInto(editor, destination, archive, rules);
    return destination;
  }

  #options(): CopyOptions {
    const { destination, mode, parents } = this.#step;
    return {
      destination,
      account: this.#account,
      mode: mode === undefined ? undefined : modeChange(mode),
      directoryMode: madeDirectoryMode(mode),
      keepsDirectories: parents,
      owner: this.#owner,
      timestamp: this.#run.collaborators.timestamp,
    };
  }
}

function bounded(tree: Tree): Tree {
  refuseTooManyEntries(countEntries(tree.root), "the image");
  return tree;
}
