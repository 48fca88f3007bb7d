import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { layerTar } from "../../test/support/images.ts";
import { randomNumbers } from "../../test/support/random.ts";
import { imageBlobs, once } from "../image/image.ts";
import { Store } from "./store.ts";

const SUPPORT = resolve(fileURLToPath(import.meta.url), "../../../test/support");
const CONFIG = { architecture: "amd64", os: "linux" };

function startWriter(directory: string, seed: number, rounds: number): ChildProcess {
  const script = join(SUPPORT, "store-writer.ts");
  return spawn(process.execPath, [script, directory, String(seed), String(rounds)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

const ready = (child: ChildProcess): Promise<unknown> =>
  new Promise((done) => {
    child.stdout?.once("data", done);
    child.once("exit", done);
  });

const ended = (child: ChildProcess): Promise<number | NodeJS.Signals | null> =>
  new Promise((done) => child.once("exit", (code, signal) => done(signal ?? code)));

const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));

/** Every name leads to a whole image, nothing is damaged, and the store takes new images. */
async function assertSound(directory: string): Promise<void> {
  const store = Store.open(directory);
  try {
    assert.deepEqual(await store.verify(), []);
    for (const { reference, manifestDigest } of store.images()) {
      const image = store.image(reference);
      assert.equal(image?.manifestDigest, manifestDigest);
      for (const layer of image?.layers ?? []) for await (const _ of layer.uncompressed());
      for (const blob of image === undefined ? [] : imageBlobs(image)) for await (const _ of blob.open());
    }
    const lease = store.lease("after");
    const { diffID } = await store.writeLayer(lease, once(layerTar(9999)));
    await store.putImage(lease, { config: CONFIG, layers: [diffID] });
    await lease.release();
  } finally {
    await store.close();
  }
}

test("a writer killed at any moment leaves a sound store", async (t) => {
  const directory = join(temporaryDirectory(t), "store");
  const next = randomNumbers(2024);
  for (let round = 0; round < 5; round++) {
    const child = startWriter(directory, round, 1_000_000);
    const end = ended(child);
    await ready(child);
    await pause(20 + next() * 250);
    child.kill("SIGKILL");
    assert.equal(await end, "SIGKILL");
    await assertSound(directory);
  }
  const store = Store.open(directory);
  await store.prune();
  assert.deepEqual(readdirSync(join(directory, "tmp")), []);
  for (const { reference } of store.images()) assert.ok(store.image(reference));
  assert.deepEqual(await store.verify(), []);
  await store.close();
});

test("writers that start at once in a directory without a store all succeed", async (t) => {
  const directory = join(temporaryDirectory(t), "store");
  // Two write the same images in the same order, the third others; each of them prunes now and then.
  const children = [1, 1, 2].map((seed) => startWriter(directory, seed, 6));
  assert.deepEqual(await Promise.all(children.map(ended)), [0, 0, 0]);
  await assertSound(directory);
});

test("a full disk is DISK_FULL, and the store is sound before and after", async (t) => {
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, "disk"));
  const disk = join(directory, "disk");
  const mount = `mount -t tmpfs -o size=4m none ${disk}`;
  if (spawnSync("unshare", ["-rm", "sh", "-c", mount]).status !== 0) {
    return t.skip("needs unshare -rm and a tmpfs");
  }
  const command = `${mount} && exec "$0" "$1" ${disk}`;
  const filler = [process.execPath, join(SUPPORT, "store-filler.ts")];
  const output = execFileSync("unshare", ["-rm", "sh", "-c", command, ...filler], { encoding: "utf8" });
  assert.deepEqual(JSON.parse(output), { large: "DISK_FULL", small: "DISK_FULL", problems: 0, after: "none" });
});
