import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { collect } from "../../test/support/bytes.ts";
import { ownHome } from "../../test/support/home.ts";
import { layerTar } from "../../test/support/images.ts";
import { LyingRegistry } from "../../test/support/lying-registry.ts";
import { homeWithLogins, IMPATIENT_ACCESS } from "../../test/support/registry-scene.ts";
import { imageContent } from "../image/content.ts";
import { once } from "../image/image.ts";
import { decodeIndex, decodeManifest } from "../image/manifest.ts";
import { MediaType } from "../image/media-types.ts";
import { parseReference } from "../image/reference.ts";
import { closeHttp } from "../lib/http/agent.ts";
import { type ProgressEvent, progressTo, silentProgress } from "../lib/progress.ts";
import { Store } from "../store/store.ts";
import { copyImage } from "./copy-image.ts";
import { deliver, prepareDelivery } from "./deliver.ts";
import { exportImage } from "./export-image.ts";
import { documentOf, inspectImages } from "./inspect-images.ts";
import { listImages } from "./list-images.ts";
import type { MakeOptions } from "./make-image.ts";
import { makeForPlatforms, parsePlatforms } from "./make-platforms.ts";
import { pushImage } from "./push-image.ts";
import { removeImages } from "./remove-images.ts";
import { saveImages } from "./save-images.ts";
import { tagImage } from "./tag-image.ts";

const QUIET = { platform: undefined, progress: silentProgress, signal: undefined };
const CONFIG = { architecture: "amd64", os: "linux" };
const OUTPUTS = { tags: [], outputs: [], idFile: undefined, ...QUIET };

async function putFresh(store: Store, name: string, config = CONFIG, seed = 1) {
  await using lease = store.lease("build");
  const { diffID } = await store.writeLayer(lease, once(layerTar(seed)));
  const image = await store.putFreshImage(lease, { config, layers: [diffID] });
  store.tag(parseReference(name), image.manifestDigest);
  return image;
}

/** A home whose store has a fresh image called `app:1`; and what others would see of it. */
async function scene(t: TestContext, path = ownHome(t).store) {
  await using store = Store.open(path);
  const fresh = await putFresh(store, "app:1");
  const isSettled = async (): Promise<boolean> => {
    await using opened = Store.open(path);
    return opened.isSettled("app:1");
  };
  await using elsewhere = Store.open(join(path, "..", "elsewhere"));
  const settled = await elsewhere.settle((await putFresh(elsewhere, "app:1")).manifestDigest);
  return { path, fresh, settled, isSettled };
}

test("a fresh image is listed by its image ID, without what packing would tell", async (t) => {
  const { path, fresh } = await scene(t);
  await using store = Store.open(path);
  const [listed] = listImages(store, ["app:1"]);
  assert.deepEqual([listed?.digest, listed?.imageID, listed?.compressed], [null, fresh.configDigest, null]);
  assert.equal(listed?.uncompressed, layerTar(1).length);
  assert.deepEqual([listed.platforms[0]?.digest, listed.platforms[0]?.compressed], [null, null]);
});

test("names, IDs and file systems need no packing", async (t) => {
  const { path, fresh, isSettled } = await scene(t);
  await tagImage("app:1", ["app:2"]);
  await tagImage(fresh.configDigest.slice(7, 19), ["app:3"]);
  let exported = 0;
  await exportImage("app:1", QUIET, async (stream) => {
    exported = (await collect(stream)).length;
  });
  assert.ok(exported > 20_000);
  assert.equal(
    Buffer.from(await documentOf("app:1", "config", QUIET)).toString(),
    Buffer.from(fresh.rawConfig()).toString(),
  );
  await using store = Store.open(path);
  assert.deepEqual(removeImages(store, ["app:2"]), ["app:2"]);
  assert.equal(await isSettled(), false);
});

test("inspect shows what others will see", async (t) => {
  const { fresh, settled, isSettled } = await scene(t);
  const [found] = await inspectImages([fresh.configDigest.slice(7, 19)], QUIET);
  assert.ok(found?.inspection.kind === "image");
  assert.equal(found.inspection.content.descriptor.digest, settled);
  assert.equal(found.inspection.layers[0]?.descriptor.mediaType, MediaType.ociLayerGzip);
  assert.equal(await isSettled(), true);
});

test("an archive, a layout and a copy under another name hold packed layers, told once", async (t) => {
  const { path, settled } = await scene(t);
  const told: string[] = [];
  const progress = progressTo((event: ProgressEvent) => {
    if (event.kind === "start") told.push(event.title);
  });
  const layout = join(path, "..", "layout");
  await copyImage("app:1", `oci:${layout}`, { ...QUIET, progress, all: false });
  assert.deepEqual(decodeIndex(readFileSync(join(layout, "index.json"))).manifests[0]?.digest, settled);
  await saveImages(["app:1"], { ...QUIET, progress, format: "oci-archive" }, async (stream) => {
    assert.ok((await collect(stream)).includes(settled ?? ""));
  });
  assert.equal(told.filter((title) => title === "Packing layers").length, 1);
});

test("a push sends packed layers, by name or by image ID", async (t) => {
  const registry = await LyingRegistry.start();
  t.after(async () => {
    await closeHttp();
    await registry.close();
  });
  const path = join(homeWithLogins(t), "home", "store");
  const { fresh, settled } = await scene(t, path);
  const there = `${registry.host}/team/app:v1`;
  const { digest } = await pushImage(fresh.configDigest.slice(7, 19), [there], {
    ...IMPATIENT_ACCESS,
    platform: undefined,
  });
  assert.equal(digest, settled);
  const { manifests } = registry.memory.repository("team/app");
  const layers = [...manifests.values()].flatMap(({ bytes }) => decodeManifest(bytes).layers);
  assert.deepEqual(
    layers.map(({ mediaType, annotations }) => [mediaType, annotations]),
    [[MediaType.ociLayerGzip, undefined]],
  );
});

test("a build into the store alone stays fresh, and one with an output is packed under its names too", async (t) => {
  const { path, fresh, settled } = await scene(t);
  await using store = Store.open(path);
  await using lease = store.lease("build");
  const content = imageContent(fresh);
  const [idFile, layout] = [join(path, "..", "id"), join(path, "..", "out")];
  const plain = await deliver(store, content, await prepareDelivery({ ...OUTPUTS, tags: ["a"], idFile }), lease);
  assert.equal(plain.descriptor.digest, fresh.manifestDigest);
  assert.deepEqual([store.isSettled("a"), readFileSync(idFile, "utf8")], [false, fresh.configDigest]);
  const written = await prepareDelivery({ ...OUTPUTS, tags: ["b"], outputs: [`oci:${layout}`] });
  assert.equal((await deliver(store, content, written, lease)).descriptor.digest, settled);
  assert.deepEqual([store.isSettled("b"), store.image("b")?.manifestDigest], [true, settled]);
  assert.ok(existsSync(join(layout, "blobs/sha256", settled?.slice(7) ?? "")));
});

test("an index is made of packed images", async (t) => {
  const { path, settled } = await scene(t);
  await using store = Store.open(path);
  const options: MakeOptions = {
    ...{ ...OUTPUTS, tags: ["both"], compression: "gzip", offline: true, refresh: false },
    lock: { file: undefined, locked: false, update: false },
  };
  const make = async (config: typeof CONFIG, seed = 1) => {
    const image = await putFresh(store, "passing:1", config, seed);
    return { image, files: 1, composed: undefined, lock: undefined };
  };
  const platforms = parsePlatforms("linux/amd64,linux/arm64");
  const made = await makeForPlatforms(platforms, { store, cacheDirectory: path }, options, (each) => make(each));
  assert.deepEqual(
    made.images.map(({ image }) => image.settled),
    [true, true],
  );
  assert.equal(made.images[0]?.image.manifestDigest, settled);
  assert.equal(store.index("both")?.digest, made.digest);
  const [only] = parsePlatforms("linux/s390x");
  assert.ok(only);
  const single = await makeForPlatforms([only], { store, cacheDirectory: path }, options, async () =>
    make({ ...CONFIG, architecture: "s390x" }, 2),
  );
  const [image] = single.images.map((each) => each.image);
  assert.deepEqual([single.digest, image?.settled], [undefined, false]);
});
