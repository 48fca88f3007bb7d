import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { layerTar } from "../../test/support/images.ts";
import { once } from "../image/image.ts";
import { decodeIndex } from "../image/manifest.ts";
import { formatPlatform, type Platform } from "../image/platform.ts";
import { silentProgress } from "../lib/progress.ts";
import { Store } from "../store/store.ts";
import type { MadeImage, MakeOptions } from "./make-image.ts";
import { makeForPlatforms, parsePlatforms } from "./make-platforms.ts";

const OPTIONS: MakeOptions = {
  ...{ tags: [], outputs: [], idFile: undefined, compression: "gzip", offline: true, refresh: false },
  ...{ progress: silentProgress, signal: undefined },
  lock: { file: undefined, locked: false, update: false },
};

/** Makes an image of one layer, as a build would: what it leaves behind, only `keepIn` holds. */
async function make(store: Store, platform: Platform, options: MakeOptions): Promise<MadeImage> {
  await using lease = store.lease("make");
  const { diffID } = await store.writeLayer(lease, once(layerTar(platform.architecture.length)));
  const image = await store.putImage(lease, { config: platform, layers: [diffID] });
  options.keepIn?.hold(image.manifestDigest);
  return { image, files: 1, composed: undefined, lock: undefined };
}

test("images for several platforms become an index under the name, in every output and in the ID file", async (t) => {
  const directory = temporaryDirectory(t);
  await using store = Store.open(join(directory, "store"));
  const workspace = { store, cacheDirectory: directory };
  const [layout, idFile] = [join(directory, "layout"), join(directory, "id")];
  const options = { ...OPTIONS, tags: ["app"], outputs: [`oci:${layout}`], idFile };
  const seen: string[] = [];
  const made = await makeForPlatforms(
    parsePlatforms("linux/amd64,linux/arm64"),
    workspace,
    options,
    async (platform, each) => {
      assert.deepEqual([each.tags, each.outputs, each.idFile], [[], [], undefined]);
      seen.push(formatPlatform(platform));
      const image = await make(store, platform, each);
      await store.prune();
      return image;
    },
  );
  assert.deepEqual(seen, ["linux/amd64", "linux/arm64"]);
  assert.equal(store.index("app")?.digest, made.digest);
  assert.deepEqual(
    store.index("app")?.images.map(({ image }) => image.manifestDigest),
    made.images.map(({ image }) => image.manifestDigest),
  );
  const entries = decodeIndex(readFileSync(join(layout, "index.json"))).manifests;
  assert.deepEqual(
    entries.map(({ digest }) => digest),
    [made.digest],
  );
  assert.equal(readFileSync(idFile, "utf8"), made.digest);
  await store.prune();
  assert.deepEqual(await store.verify(), []);
});

test("one platform is no index, and is delivered by whoever makes it", async (t) => {
  const directory = temporaryDirectory(t);
  await using store = Store.open(join(directory, "store"));
  const options = { ...OPTIONS, tags: ["app"] };
  const made = await makeForPlatforms(
    parsePlatforms("linux/arm64"),
    { store, cacheDirectory: directory },
    options,
    (platform, each) => {
      assert.equal(each, options);
      return make(store, platform, each);
    },
  );
  assert.equal(made.digest, made.images[0]?.image.manifestDigest);
});

test("a docker output without an image for this machine is refused before anything is made", async (t) => {
  const directory = temporaryDirectory(t);
  await using store = Store.open(join(directory, "store"));
  const options = { ...OPTIONS, outputs: [`docker-archive:${join(directory, "x.tar")}`] };
  const making = makeForPlatforms(
    parsePlatforms("linux/s390x,linux/riscv64"),
    { store, cacheDirectory: directory },
    options,
    () => assert.fail("nothing is to be made"),
  );
  await assert.rejects(making, { code: "USAGE", message: /docker-archive/ });
});

test("a platform that stands twice counts once", () => {
  const platforms = parsePlatforms("linux/amd64, linux/x86_64,linux/arm64/v8,linux/arm64");
  assert.deepEqual(platforms.map(formatPlatform), ["linux/amd64", "linux/arm64"]);
  for (const text of ["", "linux/amd64,", "amd64"]) assert.throws(() => parsePlatforms(text), { code: "USAGE" });
});
