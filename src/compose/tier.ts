import type { BinaryPackage } from "../debian/package/package.ts";
import { debPurl } from "../debian/package/purl.ts";
import { ElfReader } from "../linker/elf-reader.ts";
import type { SliceName } from "../plan/names.ts";
import type { Content } from "../rootfs/content.ts";
import { Attributer } from "../rootfs/node.ts";
import { comparePaths, type RootPath } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import { TreeEditor } from "../rootfs/tree-editor.ts";
import { type Candidate, type Closure, closeOver, type Reason } from "./choice/closure.ts";
import { missingLibraries, type Unloadable } from "./choice/missing-libraries.ts";
import type { TierPlan } from "./choice/resolution.ts";
import type { Payload } from "./packages/payload.ts";
import type { PayloadCache } from "./packages/payload-cache.ts";
import { recordPackage } from "./packages/status.ts";
import { type Unpacked, unpackPayloads } from "./packages/unpack.ts";
import { makeUsrMergeLinks } from "./packages/usr-merge.ts";
import { withPiecesOfScripts, writePieces } from "./pieces/all.ts";
import type { PackageRecord } from "./record.ts";
import type { ComposeRequest, DebianArchitecture } from "./request.ts";
import { ImageWorld } from "./scripts/image-world.ts";
import { readScripts } from "./scripts/script-reading.ts";
import type { Alternative } from "./scripts/script-work.ts";
import { TierScripts } from "./scripts/tier-scripts.ts";

/** A root file system and what is installed in it. */
export interface ComposedTree {
  readonly tree: Tree;
  readonly installed: ReadonlyMap<string, BinaryPackage>;
  readonly attributer: Attributer;
  readonly elfReader: ElfReader;
  readonly architecture: DebianArchitecture;
  /** Single certificates of the packages, which ship as a bundle only. */
  readonly certificates: ReadonlyMap<RootPath, Content>;
  /** In the order in which they were installed. */
  readonly alternatives: readonly Alternative[];
}

/** What a tier added. */
export interface TierResult {
  readonly plan: TierPlan;
  readonly base: ComposedTree;
  /** Its packages before any was dropped. */
  readonly candidates: readonly Candidate[];
  readonly packages: readonly PackageRecord[];
  readonly dropped: readonly { readonly name: string; readonly why: string }[];
  readonly unloadable: readonly Unloadable[];
  readonly leftOut: readonly { readonly slice: SliceName; readonly files: number; readonly bytes: number }[];
}

export interface TierMeans {
  /** The packages that a tier adds to those below it. */
  choose(plan: TierPlan, installed: ReadonlyMap<string, BinaryPackage>): readonly Candidate[];
  readonly architecture: DebianArchitecture;
  readonly payloads: PayloadCache;
  readonly request: ComposeRequest;
}

/** What the lowest tier stands on: a root directory and nothing in it. */
export function emptyBase(architecture: DebianArchitecture): ComposedTree {
  const attributer = new Attributer();
  const root = attributer.of({ mode: 0o755, owner: { kind: "composed", piece: "skeleton" } });
  return {
    tree: TreeEditor.empty(root).done(),
    installed: new Map(),
    attributer,
    elfReader: new ElfReader(),
    architecture,
    certificates: new Map(),
    alternatives: [],
  };
}

/** Puts a tier on top of `below`: its packages but for those that the closure drops, their records, and its pieces. */
export async function raiseTier(below: ComposedTree, plan: TierPlan, means: TierMeans): Promise<TierResult> {
  const candidates = means.choose(plan, below.installed);
  const payloads = await means.payloads.of(candidates.map((candidate) => candidate.package));
  const everything = install(below, payloads, means.request);
  const closure = await closeOver(candidates, everything.tree, below.elfReader);
  const kept = payloads.filter((payload) => closure.kept.has(payload.package.name));
  const { tree: packagesTree, unpacked } =
    kept.length === payloads.length ? everything : install(below, kept, means.request);
  const world = new ImageWorld(packagesTree, unpacked.omitted, means.architecture);
  const scripts = new TierScripts(kept, readScripts(kept, packagesTree, world), unpacked, below.alternatives, {
    slices: means.request.slices,
    locale: means.request.settings.locale,
  });
  const certificates = new Map([...below.certificates, ...unpacked.sources]);
  const tree = await finish(packagesTree, { unpacked, plan, below, means, scripts, certificates });
  const unloadable = await missingLibraries(tree, below.tree, below.elfReader);
  const bytes = bytesByPackage(tree);
  const installed = new Map(below.installed);
  for (const payload of kept) installed.set(payload.package.name, payload.package);
  return {
    plan,
    base: { ...below, tree, installed, certificates, alternatives: scripts.allAlternatives() },
    candidates,
    packages: kept.map((payload) => ({
      ...packageRecord(payload.package, plan, closure, candidates, bytes),
      scripts: scripts.recordOf(payload.package.name),
    })),
    dropped: Array.from(closure.dropped, ([name, why]) => ({ name, why })),
    unloadable,
    leftOut: Array.from(unpacked.leftOut, ([slice, sum]) => ({ slice, ...sum })),
  };
}

function install(
  below: ComposedTree,
  payloads: readonly Payload[],
  { slices, settings }: ComposeRequest,
): { readonly tree: Tree; readonly unpacked: Unpacked } {
  const editor = new TreeEditor(below.tree);
  if (below.installed.size === 0) {
    makeUsrMergeLinks(editor, below.attributer, { kind: "composed", piece: "skeleton" }, below.architecture);
  }
  const sorted = payloads.toSorted((a, b) => comparePaths(a.package.name, b.package.name));
  const unpacked = unpackPayloads(editor, sorted, below.attributer, below.installed.values(), {
    slices,
    locale: settings.locale,
  });
  for (const payload of sorted) recordPackage(editor, below.attributer, payload);
  return { tree: editor.done(), unpacked };
}

async function finish(
  tree: Tree,
  work: {
    readonly unpacked: Unpacked;
    readonly plan: TierPlan;
    readonly below: ComposedTree;
    readonly means: TierMeans;
    readonly scripts: TierScripts;
    readonly certificates: ReadonlyMap<RootPath, Content>;
  },
): Promise<Tree> {
  const editor = new TreeEditor(tree);
  const { attributer, elfReader } = work.below;
  const { tuple } = work.means.architecture;
  const { settings } = work.means.request;
  const { certificates, scripts } = work;
  const { sources, locales } = work.unpacked;
  const context = { editor, attributer, elfReader, tuple, sources, locales, certificates, scripts, settings };
  await writePieces(withPiecesOfScripts(work.plan.pieces), context);
  return editor.done();
}

function packageRecord(
  of: BinaryPackage,
  plan: TierPlan,
  closure: Closure,
  candidates: readonly Candidate[],
  bytes: ReadonlyMap<string, number>,
): Omit<PackageRecord, "scripts"> {
  const { name, version, architecture, source } = of;
  const candidate = candidates.find((each) => each.package === of);
  const reason = closure.kept.get(name) as Reason;
  const purl = debPurl(of);
  const known = { name, version, architecture, purl, source, tier: plan.name, reason, bytes: bytes.get(purl) ?? 0 };
  return { ...known, ignored: candidate?.ignored ?? [], newer: candidate?.newer ?? null };
}

/** Bytes of files by the purl of the package that owns them; a file of several names counts once for each. */
function bytesByPackage(tree: Tree): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [, node] of tree.entries()) {
    const { owner } = node.attributes;
    if (node.type !== "file" || owner.kind !== "package") continue;
    sums.set(owner.purl, (sums.get(owner.purl) ?? 0) + node.content.size);
  }
  return sums;
}
