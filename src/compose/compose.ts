import type { PackageIndex } from "../debian/index/package-index.ts";
import type { BinaryPackage } from "../debian/package/package.ts";
import { rememberComposedLayer } from "../inventory/composed-layer.ts";
import { throwIfCancelled, untilCancelled } from "../lib/cancel.ts";
import { digestOf } from "../lib/digest.ts";
import { asTask, type Progress } from "../lib/progress.ts";
import { diffTrees } from "../rootfs/diff.ts";
import { writeLayer } from "../rootfs/layer-writer.ts";
import type { Lease } from "../store/leases.ts";
import type { Store } from "../store/store.ts";
import { choiceOf, withPlaces } from "./choice/choice.ts";
import { DLOPEN_EDGES } from "./choice/dlopen.ts";
import { describeIgnoredDependencies } from "./choice/ignored-dependencies.ts";
import {
  type LockedChoice,
  lockedTier,
  resolveTier,
  resolveTiers,
  type TierPlan,
  tierPlans,
} from "./choice/resolution.ts";
import { notesOf } from "./notes.ts";
import type { Payload } from "./packages/payload.ts";
import { PayloadCache } from "./packages/payload-cache.ts";
import { describeSliceRules } from "./packages/slices.ts";
import type { ComposeRecord, LayerRecord } from "./record.ts";
import { type ComposeRequest, debianArchitecture, describeRequest } from "./request.ts";
import { describeReviews } from "./scripts/reviewed-scripts.ts";
import { emptyBase, raiseTier, type TierMeans, type TierResult } from "./tier.ts";

/**
 * Changes whenever the same packages would make other bytes, so that no older result is taken for the new one: a number
 * for the code, and the tables that it works by.
 */
const SEMANTICS = digestOf(
  [12, describeSliceRules(), describeIgnoredDependencies(), describeReviews(), JSON.stringify(DLOPEN_EDGES)].join("\n"),
);

/** Packages as files. */
interface Packages {
  /** What is to be had now: equal where the same request would find the same packages. */
  readonly identity: readonly string[];
  /** Packages that are to be installed because the user has their .debs: `NAME=VERSION`. */
  readonly local: readonly string[];
  /** Fetches and unpacks packages, as many at a time as is good; the payloads stay readable until the source is closed. */
  unpack(packages: readonly BinaryPackage[]): Promise<readonly Payload[]>;
}

/** Archives, from which packages are chosen. */
export interface IndexedPackages extends Packages {
  index(): Promise<PackageIndex>;
}

/** Packages that were chosen before. */
export interface LockedPackages extends Packages {
  choice(): Promise<LockedChoice>;
}

/** Where packages come from. */
export type PackageSource = IndexedPackages | LockedPackages;

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
  const asked = requestKey(request, source, timestamp);
  const known = recall(store, lease, asked);
  if (known !== undefined) return known;

  const architecture = debianArchitecture(request.platform);
  if ("choice" in source) {
    const choice = await source.choice();
    const choose: TierMeans["choose"] = (plan, installed) => lockedTier(choice, plan, installed, architecture.name);
    const payloads = new PayloadCache(source, await source.unpack(choice.packages));
    const record = await composeNow(request, plans, { choose, architecture, payloads, request }, collaborators);
    remember(store, [asked], record);
    return record;
  }
  const index = await source.index();
  const candidates = resolveTiers(index, plans, architecture.name).flatMap((tier) => tier.candidates);
  const packages = candidates.map((candidate) => candidate.package);
  const identities = packages.map(({ name, digest }) => [name, digest]);
  const resolved = keyOf("compose-packages", [timestamp, wanted, plans, identities]);
  const before = recall(store, lease, resolved);
  if (before !== undefined) {
    const again = withPlaces(before, packages);
    remember(store, [asked], again);
    return again;
  }
  const choose: TierMeans["choose"] = (plan, installed) => resolveTier(index, plan, installed, architecture.name);
  const payloads = new PayloadCache(source, await source.unpack(packages));
  const record = await composeNow(request, plans, { choose, architecture, payloads, request }, collaborators);
  // What dropping a package brought in instead is no part of the second key.
  remember(store, payloads.grew ? [asked] : [asked, resolved], record);
  return record;
}

/** Remembers a record as what the request makes from a source of that identity, too. */
export function rememberComposed(
  request: ComposeRequest,
  source: Pick<PackageSource, "identity" | "local">,
  record: ComposeRecord,
  { store, timestamp }: Pick<ComposeCollaborators, "store" | "timestamp">,
): void {
  remember(store, [requestKey(request, source, timestamp)], record);
}

function requestKey(
  request: ComposeRequest,
  { identity, local }: Pick<PackageSource, "identity" | "local">,
  timestamp: number,
): string {
  return keyOf("compose-request", [timestamp, describeRequest(request), tierPlans(request, local), identity]);
}

async function composeNow(
  request: ComposeRequest,
  plans: readonly TierPlan[],
  means: TierMeans,
  collaborators: ComposeCollaborators,
): Promise<ComposeRecord> {
  let below = emptyBase(means.architecture);
  const layers: LayerRecord[] = [];
  const results: TierResult[] = [];
  for (const [number, plan] of plans.entries()) {
    throwIfCancelled(collaborators.signal);
    const result = await raiseTier(below, plan, means);
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
    rememberComposedLayer(store, diffID, changes);
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
    choice: choiceOf(results),
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
