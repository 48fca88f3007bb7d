import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { MemoryBlobs, readAll } from "../../test/support/contents.ts";
import { ownHome } from "../../test/support/home.ts";
import { writeLayout } from "../image/layout-sink.ts";
import { formatPlatform, hostPlatform, parsePlatform } from "../image/platform.ts";
import { parseLocalSource } from "../image/source/location.ts";
import { openSource } from "../image/source/open.ts";
import { type ProgressEvent, progressTo, silentProgress } from "../lib/progress.ts";
import { Store } from "../store/store.ts";
import { type CopyOptions, copyImage } from "./copy-image.ts";

const OPTIONS: CopyOptions = { all: false, platform: undefined, progress: silentProgress, signal: undefined };

interface Scene {
  readonly blobs: MemoryBlobs;
  readonly at: (name: string) => string;
  readonly store: string;
}

/** A home of the test's own, with the layout `at("layout")`: an image and an index. */
async function scene(t: TestContext): Promise<Scene> {
  const { at, store } = ownHome(t);
  const blobs = new MemoryBlobs();
  await writeLayout(blobs.content(blobs.image("zstd", [1, 2])), at("layout"), { tag: "image" });
  await writeLayout(blobs.content(blobs.platforms()), at("layout"), { tag: "index" });
  return { blobs, at, store };
}

async function digestsIn(source: string): Promise<readonly string[]> {
  await using opened = await openSource(parseLocalSource(source) ?? assert.fail("a source"));
  return (await readAll(opened.content)).toSorted();
}

test("an image goes into the store, to another name, and out again with the digest that it had", async (t) => {
  const { at, store } = await scene(t);
  const source = `oci:${at("layout")}:image`;
  const { descriptor } = await copyImage(source, "app:1", OPTIONS);
  assert.equal((await copyImage("app:1", "app:2", OPTIONS)).descriptor.digest, descriptor.digest);
  await copyImage("app:2", `oci-archive:${at("out.tar")}:x`, OPTIONS);
  await copyImage(descriptor.digest, `oci:${at("out")}`, OPTIONS);
  for (const place of [`oci-archive:${at("out.tar")}`, `oci:${at("out")}`]) {
    assert.deepEqual(await digestsIn(place), await digestsIn(source));
  }
  await using opened = Store.open(store);
  assert.deepEqual(await opened.verify(), []);
});

test("of an index, one platform is copied or all are", async (t) => {
  const { at, store } = await scene(t);
  const source = `oci:${at("layout")}:index`;
  const notes: string[] = [];
  const progress = progressTo((event: ProgressEvent) => {
    if (event.kind === "note") notes.push(event.text);
  });
  await copyImage(source, "host", { ...OPTIONS, progress });
  assert.match(notes.join("\n"), /is copied, not linux\/\w+ \(--all copies them too\)$/);
  await copyImage(source, "arm", { ...OPTIONS, platform: "linux/arm64" });
  await copyImage(source, "both", { ...OPTIONS, all: true });
  await copyImage("both", `oci:${at("both")}:x`, { ...OPTIONS, all: true });
  assert.deepEqual(await digestsIn(`oci:${at("both")}`), await digestsIn(source));
  await using opened = Store.open(store);
  const host = opened.image("host")?.config().architecture;
  assert.equal(`linux/${host}`, formatPlatform(hostPlatform()));
  assert.equal(opened.image("arm")?.config().architecture, "arm64");
  assert.equal(opened.image("both", parsePlatform("linux/arm64"))?.manifestDigest, opened.image("arm")?.manifestDigest);
});

test("each layer that is moved is told, and one that is there already is not", async (t) => {
  const { at } = await scene(t);
  const titles: string[] = [];
  const progress = progressTo((event: ProgressEvent) => {
    if (event.kind === "start") titles.push(event.title);
  });
  await copyImage(`oci:${at("layout")}:image`, "app", { ...OPTIONS, progress });
  assert.equal(titles.length, 2);
  await copyImage(`oci:${at("layout")}:image`, "again", { ...OPTIONS, progress });
  assert.equal(titles.length, 2);
});

for (const [from, to, options, code] of [
  ["127.0.0.1:1/nothing", "x", {}, "NETWORK"],
  ["oci:LAYOUT", "x", {}, "USAGE"],
  ["oci:LAYOUT:other", "x", {}, "NO_SUCH_IMAGE"],
  ["oci:LAYOUT:index", "x", { platform: "linux/s390x" }, "NO_SUCH_IMAGE"],
  ["oci:LAYOUT:image", "x", { platform: "linux/s390x" }, "NO_SUCH_IMAGE"],
  ["oci:LAYOUT:index", "x", { all: true, platform: "linux/amd64" }, "USAGE"],
  ["oci:LAYOUT:index", "docker-archive:OUT", { all: true }, "USAGE"],
  ["oci:LAYOUT:image", "docker://127.0.0.1:1/x", {}, "NETWORK"],
  ["oci:LAYOUT:image", "App", {}, "USAGE"],
  ["oci:LAYOUT:image", `app@sha256:${"0".repeat(64)}`, {}, "USAGE"],
  ["oci:LAYOUT:image", "oci-archive:OUT/missing/x.tar", {}, "NO_SUCH_PATH"],
] as const) {
  test(`copy ${from} ${to} ${JSON.stringify(options)} is refused, and leaves nothing`, async (t) => {
    const { at, store } = await scene(t);
    const place = (text: string): string => text.replace("LAYOUT", at("layout")).replace("OUT", at("out"));
    await assert.rejects(copyImage(place(from), place(to), { ...OPTIONS, ...options }), { code });
    assert.equal(readdirSync(at(".")).includes("out"), false);
    await using opened = Store.open(store);
    assert.deepEqual(opened.images(), []);
  });
}
