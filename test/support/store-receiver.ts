/**
 * A process that receives the blob `layerTar(1, SIZE)` into a store and never gets more than its first BYTES:
 * node store-receiver.ts DIRECTORY SIZE BYTES. Says "waiting" when it has written them.
 */
import { once } from "../../src/image/image.ts";
import { MediaType } from "../../src/image/media-types.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { Store } from "../../src/store/store.ts";
import { layerTar } from "./images.ts";

const PIECE = 64 * 1024;

const [directory = "", size = "0", bytes = "0"] = process.argv.slice(2);
const tar = layerTar(1, Number(size));
const store = Store.open(directory);
const lease = store.lease("receive");

async function* beginning(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < Number(bytes); at += PIECE) yield tar.subarray(at, Math.min(at + PIECE, Number(bytes)));
  // Asked for more: all but the last that it was given is written, as writing goes on beside asking.
  process.stdout.write("waiting\n");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

await lease.receiveBlob({
  descriptor: { mediaType: MediaType.ociLayer, digest: digestOf(tar), size: tar.length },
  open: () => once(tar),
  openFrom: beginning,
});
