import type { BinaryPackage } from "../../debian/package/package.ts";
import { debPurl } from "../../debian/package/purl.ts";
import { rememberComposedLayer } from "../../inventory/composed-layer.ts";
import { throwIfCancelled, untilCancelled } from "../../lib/cancel.ts";
import { type Digest, digestOf } from "../../lib/digest.ts";
import { asTask } from "../../lib/progress.ts";
import { BackingFile } from "../../rootfs/content.ts";
import { diffTrees } from "../../rootfs/diff.ts";
import { applyLayer } from "../../rootfs/layer-reader.ts";
import { writeLayer } from "../../rootfs/layer-writer.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { choiceOf, withPlaces } from "../choice/choice.ts";
import type { Candidate } from "../choice/closure.ts";
import { type LockedChoice, resolveWhole, type TierPlan } from "../choice/resolution.ts";
import type { ComposeCollaborators, PackageSource } from "../compose.ts";
import type { ComposeRecord, LayerRecord, PackageRecord } from "../record.ts";
import { debianArchitecture } from "../request.ts";
import { emptyBase } from "../tier.ts";
import { raiseSystem } from "./raise-system.ts";
import type { RootRunner } from "./root-runner.ts";
import { layerTitle, systemPlans } from "./system-plans.ts";
import { describeSystem, type SystemRequest } from "./system-request.ts";

/** Changes whenever the same packages would make other bytes. */
const SEMANTICS = 3;

export interface SystemCollaborators extends ComposeCollaborators {
  readonly runner: RootRunner;
}

/** A layer, and what is known of the packages that it brings; plain JSON. */
type SystemTier = Readonly<{ layer: LayerRecord; files: number; packages: readonly PackageRecord[] }>;

/** A tier with the packages that were chosen for it. */
interface Chosen {
  readonly plan: TierPlan;
  readonly candidates: readonly Candidate[];
}

/**
 * Composes a whole Debian: resolves all of its packages, fetches and unpacks them, enters them into dpkg's database, has their
 * maintainer scripts run, and stores one layer for the system and one for the toolchain on it. What was composed before
 * from the same packages is taken from the store, and nothing is run then. ENVIRONMENT where something has to run and cannot.
 */
export async function composeSystem(request: SystemRequest, means: SystemCollaborators): Promise<ComposeRecord> {
  const { source, store, lease } = means;
  const asked = requestKey(request, source, means.timestamp);
  const known = store.recallStep(asked, lease) as ComposeRecord | undefined;
  if (known !== undefined) return known;
  const choice = "choice" in source ? await source.choice() : undefined;
  const chosen = await choose(request, means, choice);
  const tiers: SystemTier[] = [];
  for (const [index] of chosen.entries()) {
    const below = tiers.map(({ layer }) => layer.diffID);
    tiers.push(await recallOrMake(request, chosen.slice(0, index + 1), below, means));
  }
  const record = withPlaces(
    {
      layers: tiers.map(({ layer }) => layer),
      files: tiers.at(-1)?.files ?? 0,
      packages: tiers.flatMap(({ packages }) => packages),
      choice: choiceOf(chosen),
      ...{ dropped: [], unloadable: [], leftOut: [] },
    },
    chosen.flatMap(({ candidates }) => candidates.map((each) => each.package)),
  );
  rememberSystem(request, source, record, means);
  return record;
}

/** Remembers a record as what the request makes from a source of that identity. */
export function rememberSystem(
  request: SystemRequest,
  source: Pick<PackageSource, "identity">,
  record: ComposeRecord,
  { store, timestamp }: Pick<ComposeCollaborators, "store" | "timestamp">,
): void {
  const keeps = record.layers.map(({ diffID }) => diffID);
  store.rememberStep(requestKey(request, source, timestamp), record, keeps);
}

function requestKey(request: SystemRequest, { identity }: Pick<PackageSource, "identity">, timestamp: number): string {
  return keyOf("system-request", [timestamp, describeSystem(request), systemPlans(request), identity]);
}

async function choose(
  request: SystemRequest,
  { source }: SystemCollaborators,
  locked: LockedChoice | undefined,
): Promise<readonly Chosen[]> {
  const architecture = debianArchitecture(request.platform).name;
  const from = locked ?? ("index" in source ? await source.index() : undefined);
  if (from === undefined) throw new Error("a source of packages has an index or a choice");
  const installed = new Map<string, BinaryPackage>();
  return systemPlans(request).map((plan) => {
    const candidates = resolveWhole(from, plan, installed, architecture);
    for (const candidate of candidates) installed.set(candidate.package.name, candidate.package);
    return { plan, candidates };
  });
}

/** The uppermost of the tiers that are chosen, on the layers of those below it. */
async function recallOrMake(
  request: SystemRequest,
  chosen: readonly Chosen[],
  below: readonly Digest[],
  means: SystemCollaborators,
): Promise<SystemTier> {
  const { store, lease, timestamp } = means;
  const { suite, platform, slim } = request;
  const identities = chosen.map(({ plan, candidates }) => [
    plan.name,
    candidates.map(({ package: of }) => [of.name, of.digest]),
  ]);
  const key = keyOf("system-tier", [timestamp, { suite, platform, slim }, identities, below]);
  const find = (): SystemTier | undefined => store.recallStep(key, lease) as SystemTier | undefined;
  const make = async (): Promise<SystemTier> => {
    const made = await makeTier(request, chosen, below, means);
    store.rememberStep(key, made, [made.layer.diffID]);
    return made;
  };
  return find() ?? store.onceAmongBuilders(key, { find, make }, means.signal);
}

async function makeTier(
  request: SystemRequest,
  chosen: readonly Chosen[],
  layers: readonly Digest[],
  means: SystemCollaborators,
): Promise<SystemTier> {
  const { source, store, lease, timestamp, progress, signal, runner } = means;
  await runner.check(request.platform);
  const { plan, candidates } = chosen.at(-1) as Chosen;
  const payloads = await source.unpack(candidates.map((each) => each.package));
  throwIfCancelled(signal);
  await using files = new Files();
  const below = await files.tree(layers, means);
  const installed = chosen.slice(0, -1).flatMap((each) => each.candidates.map((one) => one.package));
  const step = `${chosen.length}/${systemPlans(request).length}`;
  return await asTask(progress, `[${step}] layer ${plan.name}: ${candidates.length} packages`, async (task) => {
    const on = { request, below, installed, isFirst: chosen.length === 1, timestamp, runner, task };
    const tree = await raiseSystem(payloads, candidates, on);
    const changes = diffTrees(below, tree);
    const tar = writeLayer(changes, { timestamp });
    const { diffID } = await store.writeLayer(lease, untilCancelled(tar, signal));
    rememberComposedLayer(store, diffID, changes);
    store.packInBackground(diffID);
    return {
      layer: { diffID, createdBy: layerTitle(plan, request) },
      files: tree.countFiles(),
      packages: candidates.map((each) => packageRecord(each, plan, payloads, candidates)),
    };
  });
}

function packageRecord(
  { package: of, root, newer }: Candidate,
  plan: TierPlan,
  payloads: Awaited<ReturnType<PackageSource["unpack"]>>,
  candidates: readonly Candidate[],
): PackageRecord {
  const { name, version, architecture, source } = of;
  const asker = candidates.find(({ dependencies }) => dependencies.includes(name))?.package.name;
  const members = payloads.find((each) => each.package === of)?.members ?? [];
  return {
    ...{ name, version, architecture, purl: debPurl(of), source, tier: plan.name },
    reason: root || asker === undefined ? { kind: "root" } : { kind: "depends", from: asker },
    bytes: members.reduce((sum, { header }) => sum + header.size, 0),
    ...{ ignored: [], newer: newer ?? null },
    scripts: { done: [], undone: [], reviewed: null },
  };
}

/** Layers of the store as a tree, open until this is disposed of. */
class Files implements AsyncDisposable {
  readonly #opened: BackingFile[] = [];

  async tree(
    layers: readonly Digest[],
    { store, lease, signal }: Pick<SystemCollaborators, "store" | "lease" | "signal">,
  ): Promise<Tree> {
    let { tree } = emptyBase({ name: "", tuple: "" });
    for (const diffID of layers) {
      const file = new BackingFile(await store.plainLayer(lease, diffID, signal), undefined, diffID);
      this.#opened.push(file);
      tree = await applyLayer(tree, file, { kind: "base", digest: diffID });
    }
    return tree;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#opened.map((each) => each.close()));
  }
}

function keyOf(kind: string, parts: readonly unknown[]): string {
  return digestOf(JSON.stringify([kind, SEMANTICS, ...parts]));
}
