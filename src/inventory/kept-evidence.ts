import { type Digest, digestOf } from "../lib/digest.ts";
import type { LayerSource } from "../rootfs/layer-reader.ts";
import type { Lease } from "../store/leases.ts";
import type { Store } from "../store/store.ts";
import type { Cataloger } from "./cataloger.ts";
import type { LayerEvidence } from "./evidence.ts";
import { gatherLayer } from "./gather.ts";

/** Changes whenever a cataloger reads something otherwise, or evidence is written otherwise. */
const FORM = 4;

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
  if (known !== undefined) return await readEvidence(store, known);
  const evidence = await gatherLayer(await open(), catalogers, signal);
  const { digest } = await lease.writeBlob(bytesOf(evidence));
  store.rememberStep(key, digest, [digest]);
  return evidence;
}

async function* bytesOf(evidence: LayerEvidence): AsyncGenerator<Uint8Array> {
  yield Buffer.from(JSON.stringify(evidence), "utf8");
}

async function readEvidence(store: Store, digest: Digest): Promise<LayerEvidence> {
  const chunks = await Array.fromAsync(store.openBlob(digest));
  return JSON.parse(Buffer.concat(chunks).toString("utf8")) as LayerEvidence;
}
