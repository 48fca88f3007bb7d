/**
 * A process that puts an image of three layers, the largest of several blocks, into a store and prints the digest of
 * its manifest: node store-image.ts DIRECTORY [COMPRESSION]
 */
import { once } from "../../src/image/image.ts";
import { parsePacking } from "../../src/image/packing.ts";
import type { Digest } from "../../src/lib/digest.ts";
import { Store } from "../../src/store/store.ts";
import { layerTar } from "./images.ts";

const [directory = "", compression = "gzip"] = process.argv.slice(2);
await using store = Store.open(directory, { packing: parsePacking(compression) });
await using lease = store.lease("put");
const layers: Digest[] = [];
for (const [seed, size] of [100, 3_500_000, 1_000_000].entries()) {
  const { diffID } = await store.writeLayer(lease, once(layerTar(seed, size)));
  store.packInBackground(diffID);
  layers.push(diffID);
}
const image = await store.putImage(lease, { config: { architecture: "amd64", os: "linux" }, layers });
process.stdout.write(image.manifestDigest);
