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
import { parseReference } from "../image/reference.ts";
import type { Digest } from "../lib/digest.ts";
import { Store } from "./store.ts";

const SUPPORT = resolve(fileURLToPath(import.meta.url), "../../../test/support");
const CONFIG = { architecture: "amd64", os: "linux" };

function startWriter(directory: string, seed: number, rounds: number): ChildProcess {
  const script = join(SUPPORT, "store-writer.ts");
  return spawn(process.execPath, [script, directory, String(seed), String(rounds)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

function startSettler(directory: string): ChildProcess {
  const stdio = ["ignore", "pipe", "inherit"] as const;
  return spawn(process.execPath, [join(SUPPORT, "store-settler.ts"), directory], { stdio: [...stdio] });
}

/** Puts a fresh image of three layers into a store, called `app`; returns the digest of its manifest. */
async function putFreshApp(directory: string): Promise<string> {
  await using store = Store.open(directory);
  await using lease = store.lease("build");
  const layers: Digest[] = [];
  for (const seed of [1, 2, 3]) layers.push((await store.writeLayer(lease, once(layerTar(seed, 1_000_000)))).diffID);
  const { manifestDigest } = await store.putFreshImage(lease, { config: CONFIG, layers });
  store.tag(parseReference("app"), manifestDigest);
  return manifestDigest;
}

/** What that image settles to, and how long that takes. */
async function settledAlone(directory: string): Promise<{ readonly digest: string; readonly milliseconds: number }> {
  await putFreshApp(directory);
  await using store = Store.open(directory);
  const start = performance.now();
  const digest = (await store.settle("app")) ?? "";
  return { digest, milliseconds: performance.now() - start };
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

test("an image whose settling is killed at any moment is fresh or settled, and settles to the same", async (t) => {
  const expected = await settledAlone(join(temporaryDirectory(t), "store"));
  const next = randomNumbers(6);
  let killed = 0;
  for (let round = 0; round < 4; round++) {
    const directory = join(temporaryDirectory(t), "store");
    const fresh = await putFreshApp(directory);
    // The second waits for what the first packs, and does it when that is gone.
    const [first, second] = [startSettler(directory), round % 2 === 0 ? undefined : startSettler(directory)];
    const ends = [first, second].map((child) => child && ended(child));
    await ready(first);
    await pause(next() * expected.milliseconds);
    first.kill("SIGKILL");
    if ((await ends[0]) === "SIGKILL") killed++;
    if (second !== undefined) assert.equal(await ends[1], 0);
    await assertSound(directory);
    await using store = Store.open(directory);
    const found = store.image("app")?.manifestDigest;
    assert.ok(found === expected.digest || (found === fresh && second === undefined), `${found}`);
    assert.equal(await store.settle("app"), expected.digest);
    await store.prune();
    assert.deepEqual(await store.verify(), []);
    assert.equal(store.image("app")?.manifestDigest, expected.digest);
  }
  assert.ok(killed > 0, "every kill came too late");
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
  const failures = { large: "DISK_FULL", small: "DISK_FULL", packing: "DISK_FULL" };
  assert.deepEqual(JSON.parse(output), { ...failures, problems: 0, after: "none", packed: "none" });
});
