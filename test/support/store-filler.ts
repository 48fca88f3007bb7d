/**
 * A process that fills the disk under a store: first with one large blob, then with small ones; a fresh image is to be
 * packed then. Prints, as JSON, the codes of the three failures, what verify finds, and whether a write and the packing
 * succeed once there is space again.
 * node store-filler.ts DIRECTORY
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { once } from "../../src/image/image.ts";
import { parseReference } from "../../src/image/reference.ts";
import { isDistillError } from "../../src/lib/errors.ts";
import { Store } from "../../src/store/store.ts";
import { layerTar } from "./images.ts";
import { randomBytes } from "./random.ts";

const [root = ""] = process.argv.slice(2);
const store = Store.open(join(root, "store"));
const lease = store.lease("fill");

async function codeOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return "none";
  } catch (error) {
    return isDistillError(error) ? error.code : String(error);
  }
}

const { diffID } = await store.writeLayer(lease, once(layerTar(1, 600_000)));
const parts = { config: { architecture: "amd64", os: "linux" }, layers: [diffID] };
store.tag(parseReference("app"), (await store.putFreshImage(lease, parts)).manifestDigest);

const large = await codeOf(() => lease.writeBlob(once(randomBytes(1, 8 << 20))));
writeFileSync(join(root, "ballast"), Buffer.alloc(1 << 20));
const small = await codeOf(async () => {
  for (let seed = 0; ; seed++) await lease.writeBlob(once(randomBytes(seed, 5000)));
});
const packing = await codeOf(() => store.settle("app"));
const problems = await store.verify();
rmSync(join(root, "ballast"));
const after = await codeOf(() => lease.writeBlob(once(randomBytes(5, 10_000))));
const packed = await codeOf(() => store.settle("app"));
console.log(JSON.stringify({ large, small, packing, problems: problems.length, after, packed }));
