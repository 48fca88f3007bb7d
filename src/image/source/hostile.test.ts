import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { legacyArchive, legacyImage, MemoryBlobs, readAll } from "../../../test/support/contents.ts";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { layerTar } from "../../../test/support/images.ts";
import { archiveOf, bare, type Entry, file } from "../../../test/support/tar.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { digestOf, hexOf } from "../../lib/digest.ts";
import type { ErrorCode } from "../../lib/errors.ts";
import { encodeConfig } from "../config.ts";
import type { Descriptor } from "../descriptor.ts";
import { encodeIndex } from "../manifest.ts";
import { MediaType } from "../media-types.ts";
import { openDockerArchive } from "./docker-archive.ts";
import { parseLocalSource } from "./location.ts";
import { openSource } from "./open.ts";

async function readFrom(source: string): Promise<void> {
  await using opened = await openSource(parseLocalSource(source) ?? assert.fail("a source"));
  await readAll(opened.content);
}

const json = (path: string, value: unknown): Entry => file(path, JSON.stringify(value));
const blob = (bytes: Uint8Array): Entry => file(`blobs/sha256/${hexOf(digestOf(bytes))}`, bytes);
const indexJson = (...manifests: readonly object[]): Entry => json("index.json", { schemaVersion: 2, manifests });
const marker = json("oci-layout", { imageLayoutVersion: "1.0.0" });

const blobs = new MemoryBlobs();
const image = blobs.image("none", [1]);
const whole = [...blobs.blobs.values()].map(blob);
const rawManifest = blobs.blobs.get(image.digest) ?? Buffer.alloc(0);
const without = (bytes: Uint8Array): readonly Entry[] => whole.filter(({ body }) => !body.equals(bytes));
const nested = (levels: number): { readonly entry: Descriptor; readonly blobs: readonly Entry[] } => {
  let entry: Descriptor = image;
  const entries: Entry[] = [];
  for (let level = 0; level < levels; level++) {
    const raw = encodeIndex({ mediaType: MediaType.ociIndex, manifests: [entry] });
    entries.push(blob(raw));
    entry = { mediaType: MediaType.ociIndex, digest: digestOf(raw), size: raw.length };
  }
  return { entry, blobs: entries };
};
const crowd = encodeIndex({
  mediaType: MediaType.ociIndex,
  manifests: Array.from({ length: 1001 }, (_, index) => ({ ...image, digest: digestOf(`${index}`) })),
});
const tar = layerTar(1);
const config = encodeConfig({
  architecture: "amd64",
  os: "linux",
  rootfs: { type: "layers", diff_ids: [digestOf(tar)] },
});
const list = (changes: object = {}): Entry =>
  json("manifest.json", [{ Config: "config.json", RepoTags: ["app:1"], Layers: ["layer.tar"], ...changes }]);
const docker = (...entries: readonly Entry[]): readonly Entry[] => [file("config.json", config), ...entries];

type Case = readonly [what: string, entries: readonly Entry[], code: ErrorCode, message?: RegExp];

const LAYOUTS: readonly Case[] = [
  ["nothing", [], "FORMAT_INVALID", /no index\.json/],
  ["an empty index", [marker, indexJson()], "NO_SUCH_IMAGE"],
  ["an index.json that is no JSON", [marker, file("index.json", "{")], "FORMAT_INVALID"],
  ["an index.json of 5 MiB", [marker, file("index.json", Buffer.alloc(5 << 20, " "))], "LIMIT_EXCEEDED"],
  [
    "a layout of another version",
    [json("oci-layout", { imageLayoutVersion: "2.0.0" }), indexJson(image), ...whole],
    "UNSUPPORTED",
  ],
  ["a manifest that is missing", [marker, indexJson(image)], "NO_SUCH_IMAGE"],
  ["a layer that is missing", [marker, indexJson(image), ...without(tar)], "FORMAT_INVALID", /lacks the blob/],
  [
    "a layer of another size",
    [marker, indexJson(image), ...without(tar), file(`blobs/sha256/${hexOf(digestOf(tar))}`, "x")],
    "DIGEST_MISMATCH",
  ],
  [
    "a layer of other bytes",
    [
      marker,
      indexJson(image),
      ...without(tar),
      file(
        `blobs/sha256/${hexOf(digestOf(tar))}`,
        tar.map((byte) => byte ^ 1),
      ),
    ],
    "DIGEST_MISMATCH",
  ],
  [
    "a manifest of other bytes",
    [
      marker,
      indexJson(image),
      ...without(rawManifest),
      file(`blobs/sha256/${hexOf(image.digest)}`, Buffer.alloc(image.size, " ")),
    ],
    "DIGEST_MISMATCH",
  ],
  [
    "a manifest of 5 MiB",
    [
      marker,
      indexJson({ ...image, size: 5 << 20 }),
      ...without(rawManifest),
      file(`blobs/sha256/${hexOf(image.digest)}`, Buffer.alloc(5 << 20)),
    ],
    "LIMIT_EXCEEDED",
  ],
  ["a manifest that claims to be of 1 TB", [marker, indexJson({ ...image, size: 1e12 }), ...whole], "DIGEST_MISMATCH"],
  ["a digest that climbs", [marker, indexJson({ ...image, digest: "sha256:../../../etc/passwd" })], "FORMAT_INVALID"],
  [
    "a digest of another kind",
    [marker, indexJson({ ...image, digest: `sha512:${"0".repeat(128)}` })],
    "FORMAT_INVALID",
  ],
  [
    "schema 1",
    [
      marker,
      ...(() => {
        const raw = Buffer.from('{"schemaVersion":1,"fsLayers":[]}');
        return [
          blob(raw),
          indexJson({
            mediaType: "application/vnd.docker.distribution.manifest.v1+json",
            digest: digestOf(raw),
            size: raw.length,
          }),
        ];
      })(),
    ],
    "UNSUPPORTED",
  ],
  [
    "indexes five deep",
    (() => {
      const { entry, blobs } = nested(5);
      return [marker, indexJson(entry), ...blobs, ...whole];
    })(),
    "LIMIT_EXCEEDED",
    /4 levels/,
  ],
  [
    "an index of 1001",
    [
      marker,
      indexJson({ mediaType: MediaType.ociIndex, digest: digestOf(crowd), size: crowd.length }),
      blob(crowd),
      ...whole,
    ],
    "LIMIT_EXCEEDED",
  ],
  [
    "an index that names itself",
    (() => {
      const raw = encodeIndex({ mediaType: MediaType.ociIndex, manifests: [{ ...image, digest: digestOf("self") }] });
      return [
        marker,
        indexJson({ mediaType: MediaType.ociIndex, digest: digestOf("self"), size: raw.length }),
        file(`blobs/sha256/${hexOf(digestOf("self"))}`, raw),
      ];
    })(),
    "DIGEST_MISMATCH",
  ],
  ["a file that stands twice", [marker, indexJson(image), indexJson(image), ...whole], "FORMAT_INVALID", /twice/],
  [
    "a file that stands twice, once with ./",
    [marker, indexJson(image), ...whole, file("./x/../index.json", "{}")],
    "FORMAT_INVALID",
    /twice/,
  ],
  [
    "an index.json that leads out",
    [marker, bare({ path: "index.json", type: "symlink", linkname: "../../etc/passwd" })],
    "FORMAT_INVALID",
  ],
  [
    "an index.json that leads to /",
    [marker, bare({ path: "index.json", type: "symlink", linkname: "/etc/passwd" })],
    "FORMAT_INVALID",
  ],
  [
    "links in a circle",
    [
      marker,
      bare({ path: "index.json", type: "symlink", linkname: "b" }),
      bare({ path: "b", type: "symlink", linkname: "index.json" }),
    ],
    "FORMAT_INVALID",
    /circle/,
  ],
  ["an index.json that is a directory", [marker, bare({ path: "index.json/", type: "directory" })], "FORMAT_INVALID"],
  [
    "an index.json that is a device",
    [marker, bare({ path: "index.json", type: "char", devmajor: 1, devminor: 5 })],
    "FORMAT_INVALID",
  ],
];

const ARCHIVES: readonly Case[] = [
  ["no manifest.json", [], "FORMAT_INVALID", /no manifest\.json/],
  ["repositories alone", [file("repositories", "{}")], "UNSUPPORTED"],
  ["an empty list", [json("manifest.json", [])], "NO_SUCH_IMAGE"],
  ["no list", [json("manifest.json", {})], "FORMAT_INVALID"],
  ["no JSON", [file("manifest.json", "[")], "FORMAT_INVALID"],
  ["numbers for layers", docker(list({ Layers: [1] }), file("layer.tar", tar)), "FORMAT_INVALID"],
  [
    "a list of 10001 images",
    [
      json(
        "manifest.json",
        Array.from({ length: 10_001 }, () => ({})),
      ),
    ],
    "LIMIT_EXCEEDED",
  ],
  ["a config that is missing", [list(), file("layer.tar", tar)], "FORMAT_INVALID", /config\.json/],
  ["a config that leads out", docker(list({ Config: "../../etc/passwd" }), file("layer.tar", tar)), "FORMAT_INVALID"],
  ["a config of 9 MiB", [list(), file("config.json", Buffer.alloc(9 << 20)), file("layer.tar", tar)], "LIMIT_EXCEEDED"],
  ["a layer that is missing", docker(list()), "FORMAT_INVALID", /layer\.tar/],
  ["a layer too many", docker(list({ Layers: ["layer.tar", "layer.tar"] }), file("layer.tar", tar)), "FORMAT_INVALID"],
  ["a layer of other bytes", docker(list(), file("layer.tar", layerTar(2))), "DIGEST_MISMATCH"],
  [
    "a layer that links to nothing",
    docker(list(), bare({ path: "layer.tar", type: "symlink", linkname: "other.tar" })),
    "FORMAT_INVALID",
  ],
  [
    "a layer that links out of the archive",
    docker(list(), bare({ path: "layer.tar", type: "symlink", linkname: "../../../etc/passwd" })),
    "FORMAT_INVALID",
  ],
  [
    "a layer that is packed with xz",
    docker(list(), file("layer.tar", Buffer.from("fd377a585a000004", "hex"))),
    "UNSUPPORTED",
  ],
  ["a manifest.json that stands twice", docker(list(), list(), file("layer.tar", tar)), "FORMAT_INVALID", /twice/],
];

for (const [transport, cases] of [
  ["oci-archive", LAYOUTS],
  ["docker-archive", ARCHIVES],
] as const) {
  for (const [what, entries, code, message] of cases) {
    test(`${transport}: ${what} is refused`, async (t) => {
      const path = join(temporaryDirectory(t), "a.tar");
      writeFileSync(path, archiveOf(entries));
      await assert.rejects(readFrom(`${transport}:${path}`), message === undefined ? { code } : { code, message });
    });
  }
}

test("what a docker archive lists over and over is read a few times only", async () => {
  const raw = encodeIndex({ mediaType: MediaType.ociIndex, manifests: Array.from({ length: 900 }, () => image) });
  const crowded = { mediaType: MediaType.ociIndex, digest: digestOf(raw), size: raw.length };
  const named = (name: string) => ({ ...crowded, annotations: { "org.opencontainers.image.ref.name": name } });
  const layers = Array.from({ length: 300 }, () => "layer.tar");
  const diffs = { type: "layers", diff_ids: layers.map(() => digestOf(tar)) } as const;
  const contents = new Map<string, Uint8Array>([
    ["manifest.json", Buffer.from(JSON.stringify(layers.map(() => ({ Config: "c.json", Layers: layers }))))],
    ["c.json", encodeConfig({ architecture: "amd64", os: "linux", rootfs: diffs })],
    ["layer.tar", gzipSync(tar)],
    ["index.json", encodeIndex({ mediaType: MediaType.ociIndex, manifests: layers.map((_, at) => named(`n${at}`)) })],
    [`blobs/sha256/${hexOf(crowded.digest)}`, raw],
    ...[...blobs.blobs].map(([digest, bytes]) => [`blobs/sha256/${hexOf(digest)}`, bytes] as const),
  ]);
  let opened = 0;
  const { layers: listed } = await openDockerArchive(
    {
      what: "it",
      size: (path) => contents.get(path)?.length,
      async *open(path) {
        opened++;
        yield contents.get(path) ?? assert.fail(path);
      },
      [Symbol.asyncDispose]: async () => {},
    },
    { name: undefined, digest: undefined },
  ).then((content) => (content.kind === "manifest" ? content.manifest : assert.fail("an index")));
  assert.equal(listed.length, layers.length);
  assert.ok(opened < 20, `${opened} reads`);
});

test("a docker archive is read through links, whatever order they come in", async (t) => {
  const path = join(temporaryDirectory(t), "a.tar");
  const link = bare({ path: "layer.tar", type: "symlink", linkname: "x/../deep/./layer" });
  const hard = bare({ path: "deep/layer", type: "hardlink", linkname: "real.tar" });
  writeFileSync(path, archiveOf(docker(link, hard, list(), file("real.tar", tar))));
  await readFrom(`docker-archive:${path}:app:1`);
  writeFileSync(path, archiveOf(docker(list(), file("layer.tar", gzipSync(tar)))));
  await readFrom(`docker-archive:${path}`);
});

test("an archive that ends early is refused, compressed or not", async (t) => {
  const directory = temporaryDirectory(t);
  const bytes = legacyArchive(await legacyImage(blobs, image, "app:1"));
  for (const [name, content] of [
    ["plain", bytes.subarray(0, 9000)],
    ["gzip", gzipSync(bytes).subarray(0, 5000)],
    ["empty", Buffer.alloc(0)],
    ["text", Buffer.from("hello\n".repeat(200))],
  ] as const) {
    writeFileSync(join(directory, name), content);
    await assert.rejects(readFrom(`docker-archive:${join(directory, name)}`), { code: "FORMAT_INVALID" }, name);
  }
});

test("a layout directory is not read through pipes or devices, and what is no directory is none", {
  skip: unlessTools("mkfifo"),
}, async (t) => {
  const directory = temporaryDirectory(t);
  execFileSync("mkfifo", [join(directory, "index.json")]);
  await assert.rejects(readFrom(`oci:${directory}`), { code: "FORMAT_INVALID" });
  const other = join(directory, "other");
  mkdirSync(other);
  symlinkSync("/dev/zero", join(other, "index.json"));
  await assert.rejects(readFrom(`oci:${other}`), { code: "FORMAT_INVALID" });
  await assert.rejects(readFrom(`oci:${join(directory, "none")}`), { code: "NO_SUCH_PATH" });
  await assert.rejects(readFrom(`oci-archive:${directory}`), { code: "NO_SUCH_PATH", hint: /oci:/ });
  await assert.rejects(readFrom(`docker-archive:${join(directory, "none")}`), { code: "NO_SUCH_PATH" });
});

test("each kind of archive is told from the other", async (t) => {
  const directory = temporaryDirectory(t);
  const [oci, saved] = [join(directory, "oci.tar"), join(directory, "docker.tar")];
  writeFileSync(oci, archiveOf([marker, indexJson(image), ...whole]));
  writeFileSync(saved, archiveOf(docker(list(), file("layer.tar", tar))));
  await assert.rejects(readFrom(`docker-archive:${oci}`), { code: "FORMAT_INVALID", hint: /oci-archive:/ });
  await assert.rejects(readFrom(`oci-archive:${saved}`), { code: "FORMAT_INVALID", hint: /docker-archive:/ });
});

for (const [text, code] of [
  ["oci:", "USAGE"],
  ["oci:x:", "USAGE"],
  ["docker-archive::app", "USAGE"],
  ["docker-daemon:", "USAGE"],
  ["docker-daemon:App", "USAGE"],
  ["docker://alpine", "UNSUPPORTED"],
  ["containers-storage://x", "UNSUPPORTED"],
] as const) {
  test(`${text} is no source`, () => {
    assert.throws(() => parseLocalSource(text), { code });
  });
}

test("a name, with a port or without, is one of the store", () => {
  for (const name of [
    "app",
    "app:1",
    "localhost:5000/app",
    "dir:1",
    `app@${digestOf("x")}`,
    digestOf("x"),
    "docker:latest",
  ]) {
    assert.equal(parseLocalSource(name), undefined, name);
  }
});
