import { type Digest, digestOf } from "../lib/digest.ts";
import type { LayerSource } from "../rootfs/layer-reader.ts";
import type { Lease } from "../store/leases.ts";
import type { Store } from "../store/store.ts";
import type { Cataloger } from "./cataloger.ts";
import type { LayerEvidence } from "./evidence.ts";
import { gatherLayer } from "./gather.ts";
import type { InventorySummary } from "./inventory.ts";
import type { LayerStory } from "./layer-story.ts";

/** Changes whenever a cataloger reads something otherwise, or evidence is written otherwise. */
const FORM = 7;

/** Changes whenever claims are joined otherwise, or summaries are written otherwise. */
const SUMMARY_FORM = 2;

/** Where evidence is kept. */
export interface EvidenceKeeper {
  readonly store: Store;
  readonly lease: Lease;
  readonly signal: AbortSignal | undefined;
}

/** What a layer says: as it was kept when it was looked into before, else now, and kept. `open` gives the layer where it is needed. */
export async function evidenceOf(
  { store, lease, signal }: EvidenceKeeper,
  diffID: Digest,
  open: () => Promise<LayerSource>,
  catalogers: readonly Cataloger[],
): Promise<LayerEvidence> {
  const key = digestOf(JSON.stringify(["layer evidence", FORM, diffID]));
  const known = store.recallStep(key, lease) as Digest | undefined;
  if (known !== undefined) return (await readKept(store, known)) as LayerEvidence;
  const evidence = await gatherLayer(await open(), catalogers, signal);
  await keep({ store, lease }, key, evidence);
  return evidence;
}

/** What an image of these layers holds: as it was kept when it was found out before, else now, and kept. */
export async function summaryOf(
  { store, lease }: EvidenceKeeper,
  diffIDs: readonly Digest[],
  stories: readonly LayerStory[],
  find: () => Promise<InventorySummary>,
): Promise<InventorySummary> {
  const key = digestOf(JSON.stringify(["inventory", FORM, SUMMARY_FORM, diffIDs, stories]));
  const known = store.recallStep(key, lease) as Digest | undefined;
  if (known !== undefined) return (await readKept(store, known)) as InventorySummary;
  const { system, packages, layers, coverage, warnings } = await find();
  const summary = { system, packages, layers, coverage, warnings };
  await keep({ store, lease }, key, summary);
  return summary;
}

async function keep(
  { store, lease }: Pick<EvidenceKeeper, "store" | "lease">,
  key: string,
  value: LayerEvidence | InventorySummary,
): Promise<void> {
  const { digest } = await lease.writeBlob(bytesOf(value));
  store.rememberStep(key, digest, [digest]);
}

async function* bytesOf(value: LayerEvidence | InventorySummary): AsyncGenerator<Uint8Array> {
  yield Buffer.from(JSON.stringify(value), "utf8");
}

async function readKept(store: Store, digest: Digest): Promise<unknown> {
  const chunks = await Array.fromAsync(store.openBlob(digest));
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}
