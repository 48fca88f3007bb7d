import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { parseReference, withDefaultTag } from "../image/reference.ts";
import { Store } from "../store/store.ts";
import { removeImages } from "./remove-images.ts";

async function storeWith(directory: string, ...names: readonly string[]) {
  const store = Store.open(directory);
  const lease = store.lease("test");
  const image = await store.putImage(lease, { config: { architecture: "amd64", os: "linux" }, layers: [] });
  for (const name of names) store.tag(withDefaultTag(parseReference(name)), image.manifestDigest);
  await lease.release();
  return { store, image };
}

test("names are taken away as people write them", async (t) => {
  const { store } = await storeWith(temporaryDirectory(t), "a", "b:1");
  assert.deepEqual(removeImages(store, ["a", "b:1"]), ["a:latest", "b:1"]);
  assert.deepEqual(store.images(), []);
  await store.close();
});

test("a digest, an image ID or the beginning of one stands for every name of the image", async (t) => {
  const { store, image } = await storeWith(temporaryDirectory(t), "a", "b");
  assert.deepEqual(removeImages(store, [image.manifestDigest]), ["a:latest", "b:latest"]);
  for (const id of [image.configDigest, image.configDigest.slice(7, 19)]) {
    store.tag(parseReference("c:1"), image.manifestDigest);
    assert.deepEqual(removeImages(store, [id]), ["c:1"]);
  }
  await store.close();
});

test("nothing is removed where one of the names does not exist", async (t) => {
  const { store } = await storeWith(temporaryDirectory(t), "a");
  assert.throws(() => removeImages(store, ["a", "nope"]), { code: "NO_SUCH_IMAGE" });
  assert.equal(store.images().length, 1);
  await store.close();
});
