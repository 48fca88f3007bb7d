import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { legacyArchive, legacyImage, MemoryBlobs, readAll } from "../../../test/support/contents.ts";
import { makeTemporaryDirectory } from "../../../test/support/directories.ts";
import { FakeEngine } from "../../../test/support/fake-engine.ts";
import { hasTool } from "../../../test/support/tools.ts";
import { digestOf, hexOf } from "../../lib/digest.ts";
import { isDistillError } from "../../lib/errors.ts";
import { archive, writeArchive } from "../archive-sink.ts";
import type { Content } from "../content.ts";
import type { Descriptor } from "../descriptor.ts";
import { dockerForm } from "../docker-form.ts";
import { writeLayout } from "../layout-sink.ts";
import { parseReference } from "../reference.ts";
import { parseLocalSource } from "./location.ts";
import { openSource } from "./open.ts";

/** A place that images are put into by means that are not under test, and read from by those that are. */
interface Place {
  readonly what: string;
  /** Puts images under their names, and returns what to read them by: the place, and with a name. */
  put(blobs: MemoryBlobs, images: readonly (readonly [Descriptor, string])[]): Promise<(name?: string) => string>;
  /** Keeps manifests as they are. */
  readonly exact: boolean;
  /** Holds several images that are told apart by name. */
  readonly many: boolean;
  /** Damages one layer's bytes. */
  damage?(place: string): void;
}

const directory = makeTemporaryDirectory();
let engine: FakeEngine;
let count = 0;
const fresh = (): string => join(directory.path, `${count++}`);

before(async () => {
  engine = await FakeEngine.start(directory.path);
  process.env.DOCKER_HOST = engine.host;
});

after(async () => {
  delete process.env.DOCKER_HOST;
  await engine.close();
  directory.remove();
});

async function layout(blobs: MemoryBlobs, images: readonly (readonly [Descriptor, string])[]): Promise<string> {
  const path = fresh();
  for (const [image, name] of images) await writeLayout(blobs.content(image), path, { tag: name });
  return path;
}

/** The layout as a tar, as `tar -c` in it makes one. */
async function tarOfLayout(blobs: MemoryBlobs, images: readonly (readonly [Descriptor, string])[]): Promise<Buffer> {
  const { archiveOf, bare, file } = await import("../../../test/support/tar.ts");
  const path = await layout(blobs, images);
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).map((entry) => {
    const full = join(entry.parentPath, entry.name);
    const name = `./${full.slice(path.length + 1)}`;
    return entry.isDirectory() ? bare({ path: `${name}/`, type: "directory" }) : file(name, readFileSync(full));
  });
  return archiveOf(entries);
}

async function legacy(blobs: MemoryBlobs, images: readonly (readonly [Descriptor, string])[]): Promise<Buffer> {
  return legacyArchive(
    ...(await Promise.all(images.map(([image, name]) => legacyImage(blobs, image, `${name}:latest`)))),
  );
}

const inFile = (transport: string, bytes: Buffer) => {
  const path = fresh();
  writeFileSync(path, bytes);
  return (name?: string) => `${transport}:${path}${name === undefined ? "" : `:${name}`}`;
};

const flipMiddle = (path: string): void => {
  const bytes = readFileSync(path);
  // Layers are by far the largest part of any of these.
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
  writeFileSync(path, bytes);
};

const PACKED_WITH_BZIP2: Place = {
  ...{ what: "an oci-archive packed with bzip2", exact: true, many: true },
  put: async (blobs, images) =>
    inFile("oci-archive", execFileSync("bzip2", { input: await tarOfLayout(blobs, images), maxBuffer: 1 << 28 })),
};

const PLACES: readonly Place[] = [
  {
    ...{ what: "an OCI layout", exact: true, many: true },
    async put(blobs, images) {
      const path = await layout(blobs, images);
      return (name) => `oci:${path}${name === undefined ? "" : `:${name}`}`;
    },
    damage(place) {
      const blobs = join(place.slice("oci:".length), "blobs", "sha256");
      const largest = readdirSync(blobs).sort(
        (a, b) => readFileSync(join(blobs, b)).length - readFileSync(join(blobs, a)).length,
      );
      flipMiddle(join(blobs, largest[0] ?? ""));
    },
  },
  {
    ...{ what: "an oci-archive", exact: true, many: true },
    put: async (blobs, images) => inFile("oci-archive", await tarOfLayout(blobs, images)),
    damage: (place) => flipMiddle(place.slice("oci-archive:".length)),
  },
  {
    ...{ what: "a gzipped oci-archive", exact: true, many: true },
    put: async (blobs, images) => inFile("oci-archive", gzipSync(await tarOfLayout(blobs, images))),
  },
  {
    ...{ what: "an oci-archive packed with zstd", exact: true, many: true },
    put: async (blobs, images) => inFile("oci-archive", zstdCompressSync(await tarOfLayout(blobs, images))),
  },
  ...(hasTool("bzip2") ? [PACKED_WITH_BZIP2] : []),
  {
    ...{ what: "an archive of an old docker save", exact: false, many: true },
    put: async (blobs, images) => inFile("docker-archive", await legacy(blobs, images)),
    damage: (place) => flipMiddle(place.slice("docker-archive:".length)),
  },
  {
    ...{ what: "a gzipped archive of an old docker save", exact: false, many: true },
    put: async (blobs, images) => inFile("docker-archive", gzipSync(await legacy(blobs, images))),
  },
  {
    ...{ what: "a docker archive with both layouts", exact: true, many: false },
    async put(blobs, images) {
      const path = fresh();
      for (const [image, name] of images) {
        await writeArchive(blobs.content(image), path, "docker", { names: [parseReference(name)] });
      }
      return (name) => `docker-archive:${path}${name === undefined ? "" : `:${name}`}`;
    },
    damage: (place) => flipMiddle(place.slice("docker-archive:".length)),
  },
  {
    ...{ what: "a Docker engine", exact: false, many: true },
    async put(blobs, images) {
      for (const [image, name] of images) await engine.load(await legacy(blobs, [[image, name]]));
      return (name) => `docker-daemon:${name ?? images[0]?.[1]}`;
    },
  },
];

async function read<T>(source: string, use: (content: Content) => Promise<T>): Promise<T> {
  await using opened = await openSource(parseLocalSource(source) ?? assert.fail(`${source} is a source`));
  return await use(opened.content);
}

const failure = (source: string): Promise<unknown> =>
  read(source, readAll).then(
    () => assert.fail(`${source} was read`),
    (error: unknown) => error,
  );

const configOf = (content: Content) =>
  content.kind === "manifest" ? content.manifest.config.digest : assert.fail("an index, where an image is meant");

for (const place of PLACES) {
  describe(place.what, () => {
    for (const shape of ["none", "gzip", "zstd", "schema 2"] as const) {
      test(`gives an image (${shape}) whole and verified`, async () => {
        const blobs = new MemoryBlobs();
        const image = blobs.image(shape, [1, 2, 2]);
        const source = await place.put(blobs, [[image, "app"]]);
        await read(source(), async (content) => {
          assert.equal(configOf(content), configOf(blobs.content(image)));
          if (place.exact) assert.equal(content.descriptor.digest, image.digest);
          const digests = await readAll(content);
          assert.equal(digests.length, 4);
          // Blobs can be opened again.
          assert.deepEqual(await readAll(content), digests);
          const plain = content.kind === "manifest" ? await dockerForm(content) : assert.fail("an image");
          // What docker is given holds no zstd, and every byte of it was verified.
          for await (const _ of archive(plain, "docker"));
          assert.ok(plain.manifest.layers.every(({ mediaType }) => !mediaType.endsWith("zstd")));
          assert.equal(configOf(plain), configOf(content));
        });
      });
    }

    if (place.many)
      test("gives an image by its name, its digest, or its ID", async () => {
        const blobs = new MemoryBlobs();
        const [one, two] = [blobs.image("gzip", [11]), blobs.image("gzip", [11, 12])];
        const source = await place.put(blobs, [
          [one, "one"],
          [two, "two"],
        ]);
        for (const [image, name] of [
          [one, "one"],
          [two, "two"],
        ] as const) {
          const id = configOf(blobs.content(image));
          assert.equal(await read(source(name), async (content) => configOf(content)), id);
          const digest = place.exact ? image.digest : id;
          assert.equal(await read(`${source(name)}@${digest}`, async (content) => configOf(content)), id);
        }
      });

    if (place.many)
      test("says which images there are where none fits, or several do", async () => {
        const blobs = new MemoryBlobs();
        const source = await place.put(blobs, [
          [blobs.image("gzip", [21]), "first"],
          [blobs.image("gzip", [22]), "second"],
        ]);
        const none = await failure(source("third"));
        assert.ok(isDistillError(none, "NO_SUCH_IMAGE"), String(none));
        if (place.what === "a Docker engine") return;
        const several = await failure(source());
        assert.ok(isDistillError(several, "USAGE"), String(several));
        for (const error of [none, several]) assert.match(error.hint ?? "", /first.*second/);
      });

    if (place.damage !== undefined)
      test("notices a flipped bit", async () => {
        const blobs = new MemoryBlobs();
        const source = await place.put(blobs, [[blobs.image("none", [31]), "app"]]);
        place.damage?.(source());
        const error = await failure(source());
        assert.ok(isDistillError(error, "DIGEST_MISMATCH"), String(error));
      });
  });
}

for (const place of PLACES.filter(({ exact, many }) => exact && many)) {
  test(`${place.what} gives an index with all that it names, byte for byte`, async () => {
    const blobs = new MemoryBlobs();
    const index = blobs.platforms();
    const source = await place.put(blobs, [[index, "app"]]);
    await read(source("app"), async (content) => {
      assert.equal(content.kind, "index");
      assert.equal(content.descriptor.digest, index.digest);
      const expected = await readAll(blobs.content(index));
      assert.deepEqual((await readAll(content)).toSorted(), expected.toSorted());
    });
  });
}

test("an archive can be a pipe", async () => {
  const { execFileSync, spawn } = await import("node:child_process");
  const blobs = new MemoryBlobs();
  const image = blobs.image("gzip", [41]);
  const [bytes, fifo] = [fresh(), fresh()];
  writeFileSync(bytes, await tarOfLayout(blobs, [[image, "app"]]));
  execFileSync("mkfifo", [fifo]);
  const writer = spawn("sh", ["-c", `cat "${bytes}" > "${fifo}"`], { stdio: "inherit" });
  assert.equal(await read(`oci-archive:${fifo}`, async (content) => content.descriptor.digest), image.digest);
  await new Promise((resolve) => (writer.exitCode === null ? writer.once("exit", resolve) : resolve(0)));
});

test("an index.json that names platforms and nothing else is the image's index", async () => {
  const blobs = new MemoryBlobs();
  const [amd64, arm64] = [blobs.image("gzip", [1], "amd64"), blobs.image("gzip", [1], "arm64")];
  const path = fresh();
  await writeLayout(blobs.content(amd64), path);
  await writeLayout(blobs.content(arm64), path);
  await read(`oci:${path}`, async (content) => {
    assert.equal(content.kind, "index");
    assert.equal(content.descriptor.digest, digestOf(readFileSync(join(path, "index.json"))));
    assert.equal((await readAll(content)).filter((digest) => [amd64.digest, arm64.digest].includes(digest)).length, 2);
  });
});

test("where a docker archive has both layouts, the OCI manifest is taken, but only for the image that docker loads", async () => {
  const { archiveOf, file } = await import("../../../test/support/tar.ts");
  const blobs = new MemoryBlobs();
  const [image, other] = [blobs.image("none", [51]), blobs.image("none", [52])];
  const { config, layers } = await legacyImage(blobs, image);
  const list = (names: readonly string[]) => [
    { Config: "config.json", RepoTags: names, Layers: layers.map((_, index) => `${index}.tar`) },
  ];
  const build = (entry: Descriptor, names: readonly string[]): ((name?: string) => string) =>
    inFile(
      "docker-archive",
      archiveOf([
        ...[...blobs.blobs].map(([digest, bytes]) => file(`blobs/sha256/${hexOf(digest)}`, bytes)),
        ...layers.map((layer, index) => file(`${index}.tar`, layer)),
        file("config.json", config),
        file("index.json", JSON.stringify({ schemaVersion: 2, manifests: [entry] })),
        file("manifest.json", JSON.stringify(list(names))),
      ]),
    );
  const annotations = { "io.containerd.image.name": "docker.io/library/app:latest" };
  const same = build({ ...image, annotations }, ["app:latest"]);
  assert.equal(await read(same("app"), async (content) => content.descriptor.digest), image.digest);
  const contradicting = await failure(build({ ...other, annotations }, ["app:latest"])("app"));
  assert.ok(isDistillError(contradicting, "FORMAT_INVALID") && /two different images/.test(contradicting.message));
  const beside = build({ ...other, annotations }, ["other:latest"]);
  assert.equal(await read(beside("other"), async (content) => configOf(content)), digestOf(config));
});
