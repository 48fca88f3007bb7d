import type { PackageIndex } from "../debian/index/package-index.ts";
import type { BinaryPackage } from "../debian/package/package.ts";
import { throwIfCancelled, untilCancelled } from "../lib/cancel.ts";
import { digestOf } from "../lib/digest.ts";
import { asTask, type Progress } from "../lib/progress.ts";
import { diffTrees } from "../rootfs/diff.ts";
import { writeLayer } from "../rootfs/layer-writer.ts";
import type { Lease } from "../store/leases.ts";
import type { Store } from "../store/store.ts";
import { DLOPEN_EDGES } from "./dlopen.ts";
import { describeIgnoredDependencies } from "./ignored-dependencies.ts";
import { notesOf } from "./notes.ts";
import type { Payload } from "./payload.ts";
import { PayloadCache } from "./payload-cache.ts";
import type { ComposeRecord, LayerRecord } from "./record.ts";
import { type ComposeRequest, debianArchitecture, describeRequest } from "./request.ts";
import { resolveTiers, type TierPlan, tierPlans } from "./resolution.ts";
import { describeSliceRules } from "./slices.ts";
import { emptyBase, raiseTier, type TierResult } from "./tier.ts";

/**
 * Changes whenever the same packages would make other bytes, so that no older result is taken for the new one: a number
 * for the code, and the tables that it works by.
 */
const SEMANTICS = digestOf(
  [8, describeSliceRules(), describeIgnoredDependencies(), JSON.stringify(DLOPEN_EDGES)].join("\n"),
);

/** Where packages come from. */
export interface PackageSource {
  /** What the archives hold now: equal where every index is the same. */
  readonly identity: readonly string[];
  /** Packages that are to be installed because the user has their .debs: `NAME=VERSION`. */
  readonly local: readonly string[];
  index(): Promise<PackageIndex>;
  /** Fetches and unpacks packages, as many at a time as is good; the payloads stay readable until the source is closed. */
  unpack(packages: readonly BinaryPackage[]): Promise<readonly Payload[]>;
}

export interface ComposeCollaborators {
  readonly source: PackageSource;
  readonly store: Store;
  readonly lease: Lease;
  /** Seconds since the epoch that every entry of the layers carries. */
  readonly timestamp: number;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

/**
 * Composes a base from Debian packages (DESIGN 5): resolves, fetches, decides what is needed, unpacks, writes what
 * maintainer scripts would have made, and stores one layer for each tier. What was composed before from the same
 * packages is taken from the store. No maintainer script is run.
 */
export async function compose(request: ComposeRequest, collaborators: ComposeCollaborators): Promise<ComposeRecord> {
  const record = await recallOrCompose(request, collaborators);
  const dropped = record.dropped.map(({ name }) => name);
  if (dropped.length > 0)
    collaborators.progress.info(`Not in the image, as nothing in it needs them: ${dropped.join(", ")}`);
  for (const note of notesOf(record)) collaborators.progress.warn(note);
  return record;
}

async function recallOrCompose(request: ComposeRequest, collaborators: ComposeCollaborators): Promise<ComposeRecord> {
  const { source, store, lease, timestamp } = collaborators;
  const plans = tierPlans(request, source.local);
  const wanted = describeRequest(request);
  const asked = keyOf("compose-request", [timestamp, wanted, plans, source.identity]);
  const known = recall(store, lease, asked);
  if (known !== undefined) return known;

  const index = await source.index();
  const architecture = debianArchitecture(request.platform);
  const candidates = resolveTiers(index, plans, architecture.name).flatMap((tier) => tier.candidates);
  const identities = candidates.map((candidate) => [candidate.package.name, candidate.package.digest]);
  const resolved = keyOf("compose-packages", [timestamp, wanted, plans, identities]);
  const again = recall(store, lease, resolved);
  if (again !== undefined) {
    remember(store, [asked], again);
    return again;
  }
  const payloads = new PayloadCache(source, await source.unpack(candidates.map((candidate) => candidate.package)));
  const record = await composeNow(request, plans, index, payloads, collaborators);
  // What dropping a package brought in instead is no part of the second key.
  remember(store, payloads.grew ? [asked] : [asked, resolved], record);
  return record;
}

async function composeNow(
  request: ComposeRequest,
  plans: readonly TierPlan[],
  index: PackageIndex,
  payloads: PayloadCache,
  collaborators: ComposeCollaborators,
): Promise<ComposeRecord> {
  const architecture = debianArchitecture(request.platform);
  let below = emptyBase(architecture);
  const layers: LayerRecord[] = [];
  const results: TierResult[] = [];
  for (const [number, plan] of plans.entries()) {
    throwIfCancelled(collaborators.signal);
    const result = await raiseTier(below, plan, { index, architecture, payloads, request });
    const step = `${number + 1}/${plans.length}`;
    layers.push(...(await storeLayer(below, result, request, step, collaborators)));
    results.push(result);
    below = result.base;
  }
  return recordOf(layers, results);
}

/** The tier's layer; none where the tiers below have all of it. */
async function storeLayer(
  below: TierResult["base"],
  result: TierResult,
  request: ComposeRequest,
  step: string,
  { store, lease, timestamp, progress, signal }: ComposeCollaborators,
): Promise<readonly LayerRecord[]> {
  const { plan, packages, base } = result;
  const changes = diffTrees(below.tree, base.tree);
  if (changes.length === 0) return [];
  const count = packages.length === 1 ? "1 package" : `${packages.length} packages`;
  return asTask(progress, `[${step}] layer ${plan.name}: ${count}`, async () => {
    const tar = writeLayer(changes, { timestamp });
    const { diffID } = await store.writeLayer(lease, untilCancelled(tar, signal));
    store.packInBackground(diffID);
    return [{ diffID, createdBy: `distill compose ${plan.name} (Debian ${request.suite})` }];
  });
}

function recordOf(layers: readonly LayerRecord[], results: readonly TierResult[]): ComposeRecord {
  const leftOut = new Map<TierResult["leftOut"][number]["slice"], { files: number; bytes: number }>();
  for (const { slice, files, bytes } of results.flatMap((result) => result.leftOut)) {
    const sum = leftOut.get(slice) ?? { files: 0, bytes: 0 };
    leftOut.set(slice, { files: sum.files + files, bytes: sum.bytes + bytes });
  }
  const packages = results.flatMap((result) => result.packages);
  const kept = new Set(packages.map((each) => each.name));
  const dropped = new Map(results.flatMap((result) => result.dropped.map(({ name, why }) => [name, why])));
  return {
    layers,
    files: results.at(-1)?.base.tree.countFiles() ?? 0,
    packages,
    dropped: Array.from(dropped, ([name, why]) => ({ name, why })).filter((each) => !kept.has(each.name)),
    unloadable: results.flatMap((result) => result.unloadable),
    leftOut: Array.from(leftOut, ([slice, sum]) => ({ slice, ...sum })),
  };
}

function recall(store: Store, lease: Lease, key: string): ComposeRecord | undefined {
  return store.recallStep(key, lease) as ComposeRecord | undefined;
}

function remember(store: Store, keys: readonly string[], record: ComposeRecord): void {
  const keeps = record.layers.map((layer) => layer.diffID);
  for (const key of keys) store.rememberStep(key, record, keeps);
}

function keyOf(kind: string, parts: readonly unknown[]): string {
  return digestOf(JSON.stringify([kind, SEMANTICS, ...parts]));
}
