/**
 * A process that works on a store until it has done `rounds` rounds, or is killed. Run by the store's tests:
 * node store-writer.ts DIRECTORY SEED ROUNDS. Says "ready" once it has opened the store.
 */
import { once } from "../../src/image/image.ts";
import { parseReference } from "../../src/image/reference.ts";
import { Store } from "../../src/store/store.ts";
import { layerTar } from "./images.ts";
import { randomNumbers } from "./random.ts";

const [directory = "", seed = "0", rounds = "1"] = process.argv.slice(2);
const next = randomNumbers(Number(seed));
const pick = (limit: number): number => Math.floor(next() * limit);

const store = Store.open(directory);
process.stdout.write("ready\n");
for (let round = 0; round < Number(rounds); round++) {
  const lease = store.lease(`round ${round}`);
  const { diffID: base } = await store.writeLayer(lease, once(layerTar(pick(4), 50_000)));
  const { diffID: top } = await store.writeLayer(lease, once(layerTar(pick(1000), 200_000)));
  const config = { architecture: "amd64", os: "linux", author: `round ${pick(20)}` };
  if (pick(2) === 0) store.packInBackground(top);
  const parts = { config, layers: [base, top] };
  const image = await (pick(2) === 0 ? store.putImage(lease, parts) : store.putFreshImage(lease, parts));
  store.tag(parseReference(`app:${pick(5)}`), image.manifestDigest);
  if (pick(2) === 0) await store.settle(parseReference(`app:${pick(5)}`));
  store.rememberStep(`step ${pick(50)}`, { diffID: top }, [base, top]);
  await lease.release();
  if (pick(3) === 0) store.remove(parseReference(`app:${pick(5)}`));
  if (pick(3) === 0) await store.prune(pick(2) === 0 ? {} : { keep: { maxBytes: 1 << 20, maxAgeMs: Infinity } });
}
await store.close();
