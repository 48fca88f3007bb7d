import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { collect } from "../../test/support/bytes.ts";
import { MemoryBlobs } from "../../test/support/contents.ts";
import { ownHome } from "../../test/support/home.ts";
import { archiveOf, bare, type Entry, file, streamed } from "../../test/support/tar.ts";
import { encodeConfig } from "../image/config.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { writeLayout } from "../image/layout-sink.ts";
import { encodeManifest } from "../image/manifest.ts";
import { MediaType } from "../image/media-types.ts";
import { digestOf } from "../lib/digest.ts";
import { silentProgress } from "../lib/progress.ts";
import { copyImage } from "./copy-image.ts";
import { type ExportOptions, exportImage } from "./export-image.ts";

const OPTIONS: ExportOptions = { platform: undefined, progress: silentProgress, signal: undefined };
const COPY = { all: false, platform: undefined, progress: silentProgress, signal: undefined };

const capability = new Map([["security.capability", new Uint8Array([1, 0, 0, 2, 0, 4, 0, 255])]]);
const directory = (path: string, mode = 0o755): Entry => bare({ path, type: "directory", mode });

const LAYERS = [
  archiveOf([
    directory("bin/"),
    file("bin/tool", "old tool", { mode: 0o755, uid: 7, gid: 8, mtime: 12.5 }),
    bare({ path: "bin/alias", type: "hardlink", linkname: "bin/tool" }),
    bare({ path: "bin/third", type: "hardlink", linkname: "bin/tool" }),
    bare({ path: "bin/soft", type: "symlink", linkname: "tool" }),
    directory("cache/"),
    file("cache/gone", "x"),
    directory("data/"),
    file("data/removed", "x"),
    file("data/kept", "kept"),
    bare({ path: "data/pipe", type: "fifo" }),
    directory("tmp/", 0o1777),
  ]),
  archiveOf([
    file("bin/tool", "new tool", { mode: 0o4755 }),
    directory("cache/"),
    file("cache/.wh..wh..opq", ""),
    file("cache/fresh", "y"),
    file("data/.wh.removed", ""),
    file("data/able", "z", { xattrs: capability }),
    bare({ path: "data/link", type: "hardlink", linkname: "data/kept" }),
  ]),
];

type Pack = "none" | "gzip" | "zstd";
const TYPES = { none: MediaType.ociLayer, gzip: MediaType.ociLayerGzip, zstd: MediaType.ociLayerZstd };
const PACK: Readonly<Record<Pack, (tar: Uint8Array) => Uint8Array>> = {
  none: (tar) => tar,
  gzip: (tar) => gzipSync(tar),
  zstd: (tar) => zstdCompressSync(tar),
};

function imageOf(
  blobs: MemoryBlobs,
  pack: Pack,
  tars: readonly Uint8Array[],
  diffIDs = tars.map(digestOf),
): Descriptor {
  const rootfs = { type: "layers", diff_ids: diffIDs } as const;
  const config = blobs.add(MediaType.ociConfig, encodeConfig({ architecture: "amd64", os: "linux", rootfs }));
  const layers = tars.map((tar) => blobs.add(TYPES[pack], PACK[pack](tar)));
  return blobs.add(MediaType.ociManifest, encodeManifest({ mediaType: MediaType.ociManifest, config, layers }));
}

async function exported(name: string): Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0);
  await exportImage(name, OPTIONS, async (stream) => {
    bytes = await collect(stream);
  });
  return bytes;
}

test("what the layers make together comes out, in byte order, with removals and links as they end up", async (t) => {
  const { at } = ownHome(t);
  const blobs = new MemoryBlobs();
  await writeLayout(blobs.content(imageOf(blobs, "gzip", LAYERS)), at("layout"), { tag: "x" });
  const { entries, message } = await streamed(await exported(`oci:${at("layout")}`));
  assert.equal(message, "");
  assert.deepEqual(
    entries.map(({ header, body }) => [header.path, header.type, header.linkname || body.toString()]),
    [
      ["bin/", "directory", ""],
      ["bin/alias", "file", "old tool"],
      ["bin/soft", "symlink", "tool"],
      ["bin/third", "hardlink", "bin/alias"],
      ["bin/tool", "file", "new tool"],
      ["cache/", "directory", ""],
      ["cache/fresh", "file", "y"],
      ["data/", "directory", ""],
      ["data/able", "file", "z"],
      ["data/kept", "file", "kept"],
      ["data/link", "hardlink", "data/kept"],
      ["data/pipe", "fifo", ""],
      ["tmp/", "directory", ""],
    ],
  );
  const headerOf = (path: string) => entries.find(({ header }) => header.path === path)?.header ?? assert.fail(path);
  const { mode, uid, gid, mtime } = headerOf("bin/alias");
  assert.deepEqual([mode, uid, gid, mtime], [0o755, 7, 8, 12.5]);
  assert.equal(headerOf("bin/tool").mode, 0o4755);
  assert.equal(headerOf("tmp/").mode, 0o1777);
  assert.deepEqual([...headerOf("data/able").xattrs], [...capability]);
  writeFileSync(at("out.tar"), await exported(`oci:${at("layout")}`));
  const listed = execFileSync("tar", ["-tf", at("out.tar")], { encoding: "utf8" })
    .trim()
    .split("\n");
  assert.deepEqual(
    listed,
    entries.map(({ header }) => header.path),
  );
});

test("the bytes are the same from any place, in whatever the layers are packed", async (t) => {
  const { at } = ownHome(t);
  const outcomes = new Set<string>();
  for (const pack of ["none", "gzip", "zstd"] as const) {
    const blobs = new MemoryBlobs();
    await writeLayout(blobs.content(imageOf(blobs, pack, LAYERS)), at(pack), { tag: "x" });
    await copyImage(`oci:${at(pack)}`, `stored:${pack}`, COPY);
    await copyImage(`stored:${pack}`, `docker-archive:${at(`${pack}.tar`)}:x`, COPY);
    for (const place of [`oci:${at(pack)}`, `stored:${pack}`, `docker-archive:${at(`${pack}.tar`)}`]) {
      outcomes.add(digestOf(await exported(place)));
    }
  }
  assert.equal(outcomes.size, 1);
});

test("an image without layers is an empty archive", async (t) => {
  const { at } = ownHome(t);
  const blobs = new MemoryBlobs();
  await writeLayout(blobs.content(imageOf(blobs, "none", [])), at("layout"));
  assert.ok((await exported(`oci:${at("layout")}`)).equals(Buffer.alloc(1024)));
});

for (const [what, image, code] of [
  [
    "a layer that is not what its diffID says",
    (b) =>
      imageOf(
        b,
        "gzip",
        LAYERS,
        LAYERS.map(() => digestOf("x")),
      ),
    "DIGEST_MISMATCH",
  ],
  [
    "fewer diffIDs than layers",
    (b) => imageOf(b, "gzip", LAYERS, [digestOf(LAYERS[0] as Uint8Array)]),
    "FORMAT_INVALID",
  ],
  ["an attestation", (b) => b.attestation(digestOf("x")), "UNSUPPORTED"],
  ["a layer that is no tar", (b) => imageOf(b, "none", [Buffer.from("x".repeat(600))]), "FORMAT_INVALID"],
  ["a path that leads out", (b) => imageOf(b, "none", [archiveOf([file("../x", "x")])]), "FORMAT_INVALID"],
  [
    "a hard link to nothing",
    (b) => imageOf(b, "none", [archiveOf([bare({ path: "a", type: "hardlink", linkname: "b" })])]),
    "FORMAT_INVALID",
  ],
] as const satisfies readonly (readonly [string, (blobs: MemoryBlobs) => Descriptor, string])[]) {
  test(`${what} is ${code}, before anything is written`, async (t) => {
    const { at } = ownHome(t);
    const blobs = new MemoryBlobs();
    await writeLayout(blobs.content(image(blobs)), at("layout"));
    const write = () => assert.fail("something was written");
    await assert.rejects(exportImage(`oci:${at("layout")}`, OPTIONS, write), { code });
  });
}
