import assert from "node:assert/strict";
import { test } from "node:test";
import { type LegacyImage, legacyArchive, legacyImage, MemoryBlobs, readAll } from "../../../test/support/contents.ts";
import { archiveOf, bare, type Entry, file } from "../../../test/support/tar.ts";
import { digestOf, hexOf } from "../../lib/digest.ts";
import type { Descriptor } from "../descriptor.ts";
import { CONTAINERD_NAME, REF_NAME } from "../layout.ts";
import { formatFamiliar } from "../reference.ts";
import { streamedFiles } from "./archive-files.ts";
import { openArchive } from "./archive-images.ts";

interface Held {
  readonly digest: string;
  readonly names: readonly string[];
  readonly bareTags: readonly string[];
  readonly partial: boolean;
}

/** What distill finds in an archive, after it has read all of it. */
async function found(archive: Buffer): Promise<readonly Held[]> {
  const stream = async function* () {
    yield archive;
  };
  await using files = await streamedFiles(stream(), "x.tar");
  const images = await openArchive(files);
  for (const { content } of images) await readAll(content);
  return images.map(({ content, names, bareTags, partial }) => ({
    ...{ digest: content.descriptor.digest, bareTags, partial },
    names: names.map(formatFamiliar),
  }));
}

const json = (path: string, value: unknown): Entry => file(path, JSON.stringify(value));
const called = (entry: Descriptor, annotations: Readonly<Record<string, string>>): Descriptor => ({
  ...entry,
  annotations,
});

/** An OCI layout of all these blobs, as a tar. */
function layout(blobs: MemoryBlobs, entries: readonly Descriptor[], ...more: readonly Entry[]): Buffer {
  const held = blobs.blobs.values().map((bytes) => file(`blobs/sha256/${hexOf(digestOf(bytes))}`, bytes));
  const index = json("index.json", { schemaVersion: 2, manifests: entries });
  return archiveOf([json("oci-layout", { imageLayoutVersion: "1.0.0" }), index, ...held, ...more]);
}

function listed(blobs: MemoryBlobs, image: Descriptor, ...names: readonly string[]): object {
  const content = blobs.content(image);
  assert.ok(content.kind === "manifest");
  const path = ({ digest }: Descriptor): string => `blobs/sha256/${hexOf(digest)}`;
  const { config, layers } = content.manifest;
  return { Config: path(config), RepoTags: names, Layers: layers.map(path) };
}

test("docker save up to 24: every image with all of its names, and one without a name", async () => {
  const blobs = new MemoryBlobs();
  const two = await legacyImage(blobs, blobs.image("none", [1, 2]), "app:1", "team/app:2");
  const bareImage: LegacyImage = { ...(await legacyImage(blobs, blobs.image("none", [1, 3]))), names: [] };
  const images = await found(legacyArchive(two, bareImage));
  assert.deepEqual(
    images.map(({ names }) => names),
    [["app:1", "team/app:2"], []],
  );
});

test("containerd's form: one entry of index.json for each name, manifest.json beside it, and one image", async () => {
  const blobs = new MemoryBlobs();
  const image = blobs.image("gzip", [1]);
  const other = blobs.image("gzip", [2]);
  const entry = (which: Descriptor, name: string, tag: string): Descriptor =>
    called(which, { [CONTAINERD_NAME]: name, [REF_NAME]: tag });
  const entries = [entry(image, "docker.io/library/app:1", "1"), entry(image, "docker.io/team/app:2", "2")];
  const manifest = json("manifest.json", [
    listed(blobs, image, "app:1", "team/app:2"),
    listed(blobs, other, "other:latest"),
  ]);
  const images = await found(layout(blobs, [...entries, other], manifest));
  assert.deepEqual(images, [
    { digest: image.digest, names: ["app:1", "team/app:2"], bareTags: [], partial: false },
    { digest: other.digest, names: ["other:latest"], bareTags: [], partial: false },
  ]);
});

test("an index whose other platforms are not there gives the image that is, under its name", async () => {
  const blobs = new MemoryBlobs();
  const index = blobs.platforms();
  const content = blobs.content(index);
  assert.ok(content.kind === "index");
  const [amd64, arm64] = content.index.manifests as [Descriptor, Descriptor];
  blobs.blobs.delete(amd64.digest);
  const entry = called(index, { [CONTAINERD_NAME]: "docker.io/library/app:1" });
  const manifest = json("manifest.json", [listed(blobs, arm64, "app:1")]);
  assert.deepEqual(await found(layout(blobs, [entry], manifest)), [
    { digest: arm64.digest, names: ["app:1"], bareTags: [], partial: true },
  ]);
});

test("a whole index stays one, with its attestation, and one that is index.json itself too", async () => {
  const blobs = new MemoryBlobs();
  const index = blobs.platforms();
  const named = await found(layout(blobs, [called(index, { [REF_NAME]: "docker.io/library/both:1" })]));
  assert.deepEqual(named, [{ digest: index.digest, names: ["both:1"], bareTags: [], partial: false }]);
  const content = blobs.content(index);
  assert.ok(content.kind === "index");
  const [itself, ...more] = await found(layout(blobs, content.index.manifests.slice(0, 2)));
  assert.deepEqual([itself?.names, itself?.partial, more], [[], false, []]);
});

test("a tag without a repository is told, and makes no name", async () => {
  const blobs = new MemoryBlobs();
  const image = blobs.image("zstd", [1]);
  assert.deepEqual(await found(layout(blobs, [called(image, { [REF_NAME]: "v1" })])), [
    { digest: image.digest, names: [], bareTags: ["v1"], partial: false },
  ]);
});

test("one image that lies there in two packings keeps the names of each apart", async () => {
  const blobs = new MemoryBlobs();
  const [gzip, zstd] = [blobs.image("gzip", [1]), blobs.image("zstd", [1])];
  const name = (entry: Descriptor, text: string): Descriptor =>
    called(entry, { [CONTAINERD_NAME]: `docker.io/library/${text}` });
  const manifest = json("manifest.json", [listed(blobs, gzip, "a:1"), listed(blobs, zstd, "b:1")]);
  const images = await found(layout(blobs, [name(gzip, "a:1"), name(zstd, "b:1")], manifest));
  assert.deepEqual(
    images.map(({ digest, names }) => [digest, names]),
    [
      [gzip.digest, ["a:1"]],
      [zstd.digest, ["b:1"]],
    ],
  );
});

const shared = new MemoryBlobs();
const [one, other] = [shared.image("none", [1]), shared.image("none", [2])];
const app = (entry: Descriptor): Descriptor => called(entry, { [CONTAINERD_NAME]: "docker.io/library/app:1" });

for (const [what, archive, code] of [
  ["no archive of images", archiveOf([file("readme", "x")]), "FORMAT_INVALID"],
  ["an empty archive", archiveOf([]), "FORMAT_INVALID"],
  ["two images of one name in index.json", layout(shared, [app(one), app(other)]), "FORMAT_INVALID"],
  [
    "manifest.json and index.json that contradict each other",
    layout(shared, [app(one)], json("manifest.json", [listed(shared, other, "app:1")])),
    "FORMAT_INVALID",
  ],
  ["a name that is none", layout(shared, [called(one, { [CONTAINERD_NAME]: "../App" })]), "FORMAT_INVALID"],
  [
    "a name that is none in manifest.json",
    layout(shared, [], json("manifest.json", [listed(shared, one, "\u001b[31m")])),
    "FORMAT_INVALID",
  ],
  [
    "more images than any real archive",
    archiveOf([
      ...Array.from({ length: 1002 }, (_, n) => json(`${n}.json`, emptyConfig(n))),
      json(
        "manifest.json",
        Array.from({ length: 1002 }, (_, n) => ({ Config: `${n}.json`, RepoTags: null, Layers: [] })),
      ),
    ]),
    "LIMIT_EXCEEDED",
  ],
  [
    "a config that leads out of the archive",
    archiveOf([
      bare({ path: "c.json", type: "symlink", linkname: "../../etc/passwd" }),
      json("manifest.json", [{ Config: "c.json", RepoTags: null, Layers: [] }]),
    ]),
    "FORMAT_INVALID",
  ],
] as const) {
  test(`${what}: ${code}`, async () => {
    await assert.rejects(found(archive), { code });
  });
}

function emptyConfig(n: number): object {
  return { author: `${n}`, architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } };
}
