/**
 * A process that receives the blob `layerTar(1, SIZE)` into a store and never gets more than its first BYTES:
 * node store-receiver.ts DIRECTORY SIZE BYTES. Says "waiting" when it has written them.
 */
import { once } from "../../src/image/image.ts";
import { MediaType } from "../../src/image/media-types.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { Store } from "../../src/store/store.ts";
import { layerTar } from "./images.ts";

const [directory = "", size = "0", bytes = "0"] = process.argv.slice(2);
const tar = layerTar(1, Number(size));
const store = Store.open(directory);
const lease = store.lease("receive");

async function* beginning(): AsyncGenerator<Uint8Array> {
  yield tar.subarray(0, Number(bytes));
  // Asked for more: what it was given is written.
  process.stdout.write("waiting\n");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

await lease.receiveBlob({
  descriptor: { mediaType: MediaType.ociLayer, digest: digestOf(tar), size: tar.length },
  open: () => once(tar),
  openFrom: beginning,
});
