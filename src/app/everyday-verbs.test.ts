import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { collect } from "../../test/support/bytes.ts";
import { legacyArchive, legacyImage, MemoryBlobs } from "../../test/support/contents.ts";
import { ownHome } from "../../test/support/home.ts";
import { archiveOf, file } from "../../test/support/tar.ts";
import { writeLayout } from "../image/layout-sink.ts";
import { digestOf } from "../lib/digest.ts";
import { type ProgressEvent, progressTo, silentProgress } from "../lib/progress.ts";
import { Store } from "../store/store.ts";
import { copyImage } from "./copy-image.ts";
import { documentOf, inspectImages } from "./inspect-images.ts";
import { listImages } from "./list-images.ts";
import { type LoadInput, loadImages } from "./load-images.ts";
import { type SaveOptions, saveImages } from "./save-images.ts";
import { tagImage } from "./tag-image.ts";

const QUIET = { platform: undefined, progress: silentProgress, signal: undefined };

/** A store with an image called app:1 and an index called both:1. */
async function scene(t: TestContext) {
  const { at, store } = ownHome(t);
  const blobs = new MemoryBlobs();
  const [image, index] = [blobs.image("gzip", [1, 2]), blobs.platforms("zstd")];
  await writeLayout(blobs.content(image), at("layout"), { tag: "image" });
  await writeLayout(blobs.content(index), at("layout"), { tag: "index" });
  await copyImage(`oci:${at("layout")}:image`, "app:1", { ...QUIET, all: false });
  await copyImage(`oci:${at("layout")}:index`, "both:1", { ...QUIET, all: true });
  const names = async (): Promise<Record<string, string | null>> => {
    await using opened = Store.open(store);
    return Object.fromEntries(listImages(opened).map(({ name, digest }) => [name, digest]));
  };
  return { at, blobs, image, index, names };
}

async function saved(names: readonly string[], format: SaveOptions["format"], platform?: string): Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0);
  await saveImages(names, { ...QUIET, format, platform }, async (stream) => {
    bytes = await collect(stream);
  });
  return bytes;
}

const asStream = (bytes: Uint8Array): LoadInput => ({ stream: oneChunk(bytes), what: "the test's stream" });

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

test("a tag gives further names, moves one that is taken, and is refused before any is set", async (t) => {
  const { image, index, names } = await scene(t);
  assert.deepEqual(await tagImage("app:1", ["app", "team/x:2", "both:1"]), ["app:latest", "team/x:2", "both:1"]);
  const expected = { "app:1": image.digest, "app:latest": image.digest, "team/x:2": image.digest };
  assert.deepEqual(await names(), { ...expected, "both:1": image.digest });
  await tagImage(index.digest, ["both:1"]);
  assert.deepEqual(await names(), { ...expected, "both:1": index.digest });
  for (const [source, name, code] of [
    ["nothing", "x", "NO_SUCH_IMAGE"],
    ["app:1", "X", "USAGE"],
    ["app:1", `x@${digestOf("x")}`, "USAGE"],
    ["oci:layout", "x", "USAGE"],
  ] as const) {
    await assert.rejects(tagImage(source, ["fine", name]), { code });
  }
  assert.deepEqual(await names(), { ...expected, "both:1": index.digest });
});

test("what is listed can be filtered by name", async (t) => {
  const { at } = await scene(t);
  await tagImage("app:1", ["app:2"]);
  await using store = Store.open(at("home/store"));
  assert.deepEqual(
    listImages(store, ["app", "both:*"]).map(({ name }) => name),
    ["app:1", "app:2", "both:1"],
  );
  assert.deepEqual(listImages(store, ["nothing"]), []);
});

for (const pack of ["plain", "gzip", "zstd"] as const) {
  test(`an archive of several images, ${pack}, brings all of them into another store under their names`, async (t) => {
    const { at, image, index } = await scene(t);
    await tagImage("app:1", ["app:2"]);
    const bytes = await saved(["app:1", "both:1", "app:2"], "oci-archive");
    const packed = { plain: bytes, gzip: gzipSync(bytes), zstd: zstdCompressSync(bytes) }[pack];
    process.env.DISTILL_HOME = at("other");
    const loaded = await loadImages(asStream(packed), QUIET);
    assert.deepEqual(
      loaded.map(({ names, digest, imageID }) => [names, digest, imageID === null]),
      [
        [["app:1", "app:2"], image.digest, false],
        [["both:1"], index.digest, true],
      ],
    );
    await using store = Store.open(at("other/store"));
    assert.deepEqual(await store.verify(), []);
    assert.equal(store.index("both:1")?.images.length, 2);
  });
}

test("a docker archive takes of an index the platform that is asked for, and says so", async (t) => {
  const { at } = await scene(t);
  const notes: string[] = [];
  const progress = progressTo((event: ProgressEvent) => {
    if (event.kind === "note") notes.push(event.text);
  });
  const write = async (stream: AsyncIterable<Uint8Array>): Promise<void> =>
    writeFileSync(at("x.tar"), await collect(stream));
  const options = { ...QUIET, progress, format: "docker-archive", platform: "linux/arm64" } as const;
  await saveImages(["app:1", "both:1"], { ...options, platform: undefined }, write);
  assert.match(notes.join(), /both:1: of the index/);
  await saveImages(["both:1"], options, write);
  process.env.DISTILL_HOME = at("other");
  const [loaded] = await loadImages(at("x.tar"), QUIET);
  assert.deepEqual(loaded?.names, ["both:1"]);
  const [found] = await inspectImages(["both:1"], QUIET);
  assert.ok(found?.inspection.kind === "image");
  assert.equal(found.inspection.platform, "linux/arm64");
});

test("the same images make the same archive, whatever they are called by", async (t) => {
  const { image } = await scene(t);
  const first = await saved(["app:1", "both:1"], "docker-archive");
  assert.ok(first.equals(await saved(["app:1", "both:1"], "docker-archive")));
  const byDigest = await saved([image.digest], "docker-archive");
  assert.ok(byDigest.equals(await saved([image.digest.slice(7, 20)], "docker-archive")));
  const [only] = await loadImages(asStream(byDigest), QUIET);
  assert.deepEqual(only?.names, []);
});

test("one platform is loaded where one is asked for", async (t) => {
  const { at } = await scene(t);
  const bytes = await saved(["both:1"], "oci-archive");
  process.env.DISTILL_HOME = at("other");
  await loadImages(asStream(bytes), { ...QUIET, platform: "linux/arm64" });
  const [found] = await inspectImages(["both:1"], QUIET);
  assert.ok(found?.inspection.kind === "image");
  assert.equal(found.inspection.platform, "linux/arm64");
  await assert.rejects(loadImages(asStream(bytes), { ...QUIET, platform: "linux/s390x" }), { code: "NO_SUCH_IMAGE" });
});

test("a load that fails leaves the names as they were, also those of images that came whole", async (t) => {
  const { blobs, names } = await scene(t);
  const before = await names();
  const good = await legacyImage(blobs, blobs.image("none", [7]), "app:1");
  const bad = await legacyImage(blobs, blobs.image("none", [8]), "bad:1");
  const archive = legacyArchive(good, { ...bad, layers: [Buffer.from(bad.layers[0] ?? []).fill(1, 600, 700)] });
  await assert.rejects(loadImages(asStream(archive), QUIET), { code: "DIGEST_MISMATCH" });
  assert.deepEqual(await names(), before);
  await assert.rejects(loadImages(asStream(archiveOf([file("x", "y")])), QUIET), { code: "FORMAT_INVALID" });
  const signal = AbortSignal.abort();
  await assert.rejects(loadImages(asStream(legacyArchive(good)), { ...QUIET, signal }), { code: "CANCELLED" });
  assert.deepEqual(await names(), before);
});

test("an inspection of a stored image knows both sizes, and documents come byte for byte", async (t) => {
  const { image, index, at } = await scene(t);
  const [found, elsewhere] = await inspectImages(["app:1", `oci:${at("layout")}:image`], QUIET);
  assert.ok(found?.inspection.kind === "image" && elsewhere?.inspection.kind === "image");
  assert.ok((found.inspection.uncompressed ?? 0) > 40_000);
  assert.equal(elsewhere.inspection.uncompressed, null);
  for (const [name, { digest }] of [
    ["app:1", image],
    ["both:1", index],
  ] as const) {
    assert.equal(digestOf(await documentOf(name, "manifest", QUIET)), digest);
  }
  const arm64 = await documentOf("both:1", "config", { ...QUIET, platform: "linux/arm64" });
  assert.match(Buffer.from(arm64).toString(), /"arm64"/);
  await assert.rejects(inspectImages(["app:1", digestOf("nothing")], QUIET), { code: "NO_SUCH_IMAGE" });
  await assert.rejects(inspectImages(["both:1"], { ...QUIET, platform: "linux/s390x" }), { code: "NO_SUCH_IMAGE" });
});
