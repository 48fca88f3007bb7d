import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { MemoryBlobs, readAll, type Shape } from "../../test/support/contents.ts";
import { makeTemporaryDirectory } from "../../test/support/directories.ts";
import { FakeEngine } from "../../test/support/fake-engine.ts";
import { isDistillError } from "../lib/errors.ts";
import type { Content } from "./content.ts";
import type { Descriptor } from "./descriptor.ts";
import { parseLocalDestination, type Written, writeContent } from "./destination.ts";
import { formatPlatform, hostPlatform } from "./platform.ts";
import { parseLocalSource } from "./source/location.ts";
import { openSource } from "./source/open.ts";

/** A destination, and where what was written there is read again. */
interface Sink {
  readonly what: string;
  /** Holds an index, with manifests as they are; docker's formats hold one image. */
  readonly whole: boolean;
  destination(): { readonly to: string; readonly from: string };
  /** What is left after a failure. */
  leftovers(): readonly string[];
}

const directory = makeTemporaryDirectory();
let engine: FakeEngine;
let count = 0;

before(async () => {
  engine = await FakeEngine.start(directory.path);
  process.env.DOCKER_HOST = engine.host;
});

after(async () => {
  delete process.env.DOCKER_HOST;
  await engine.close();
  directory.remove();
});

const inDirectory = (transport: string, name: string) => ({
  destination: () => {
    const place = `${transport}:${join(directory.path, `${transport}-${count++}`)}${name}`;
    return { to: place, from: place };
  },
  leftovers: () => readdirSync(directory.path).filter((each) => each !== "engine.sock"),
});

const SINKS: readonly Sink[] = [
  { what: "an OCI layout", whole: true, ...inDirectory("oci", ":v1") },
  { what: "an oci-archive", whole: true, ...inDirectory("oci-archive", ":v1") },
  { what: "a docker archive", whole: false, ...inDirectory("docker-archive", ":app:1") },
  {
    ...{ what: "a Docker engine", whole: false },
    destination: () => {
      const place = `docker-daemon:app:${count++}`;
      return { to: place, from: place };
    },
    leftovers: () => [...engine.images.keys()].filter((name) => name.startsWith("app")),
  },
];

const write = (content: Content, to: string, signal?: AbortSignal): Promise<Written> =>
  writeContent(content, parseLocalDestination(to), { signal });

async function reread(from: string): Promise<{ readonly content: Content; readonly digests: readonly string[] }> {
  await using opened = await openSource(parseLocalSource(from) ?? assert.fail("a source"));
  return { content: opened.content, digests: await readAll(opened.content) };
}

const idOf = (content: Content): string =>
  content.kind === "manifest" ? content.manifest.config.digest : assert.fail("an index");

function damaged(shape: Shape): { readonly blobs: MemoryBlobs; readonly image: Descriptor } {
  const blobs = new MemoryBlobs();
  const image = blobs.image(shape, [61, 62]);
  const content = blobs.content(image);
  const layer = content.kind === "manifest" ? content.manifest.layers[1] : undefined;
  const bytes = Buffer.from(blobs.blobs.get(layer?.digest ?? image.digest) ?? []);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
  blobs.blobs.set(layer?.digest ?? image.digest, bytes);
  return { blobs, image };
}

for (const sink of SINKS) {
  describe(sink.what, () => {
    for (const shape of ["none", "gzip", "zstd", "schema 2"] as const) {
      test(`holds an image (${shape}) as it came, where it can`, async () => {
        const blobs = new MemoryBlobs();
        const image = blobs.image(shape, [1, 2, 1]);
        const { to, from } = sink.destination();
        const written = await write(blobs.content(image), to);
        const found = await reread(from);
        assert.equal(idOf(found.content), idOf(blobs.content(image)));
        assert.equal(written.imageID, idOf(blobs.content(image)));
        assert.equal(found.content.descriptor.digest, written.descriptor.digest);
        const changes = !sink.whole && shape === "zstd";
        assert.equal(written.changed !== undefined, changes);
        assert.equal(written.descriptor.digest === image.digest, !changes);
      });
    }

    test("takes an index whole, or else the image for this machine, and says so", async () => {
      const blobs = new MemoryBlobs();
      const index = blobs.platforms();
      const { to, from } = sink.destination();
      const written = await write(blobs.content(index), to);
      const { content, digests } = await reread(from);
      assert.equal(content.descriptor.digest, written.descriptor.digest);
      if (sink.whole) {
        assert.equal(written.descriptor.digest, index.digest);
        assert.equal(digests.length, (await readAll(blobs.content(index))).length);
      } else {
        assert.match(written.changed ?? "", /one platform/);
        const host = blobs.content(index);
        const wanted = host.kind === "index" ? host.index.manifests.find(isForHost) : undefined;
        assert.equal(written.descriptor.digest, wanted?.digest);
      }
    });

    test("has nothing after a failure on the way, or when it is interrupted", async () => {
      for (const shape of ["none", "gzip", "zstd"] as const) {
        const before = sink.leftovers();
        const { blobs, image } = damaged(shape);
        const error = await write(blobs.content(image), sink.destination().to).then(
          () => assert.fail("a damaged image was written"),
          (each: unknown) => each,
        );
        assert.ok(isDistillError(error, "DIGEST_MISMATCH", "FORMAT_INVALID"), String(error));
        assert.deepEqual(sink.leftovers(), before);
      }
      const before = sink.leftovers();
      const blobs = new MemoryBlobs();
      const content = blobs.content(blobs.image("gzip", [71]));
      const interrupted = write(content, sink.destination().to, AbortSignal.abort());
      await assert.rejects(interrupted, { code: "CANCELLED" });
      assert.deepEqual(sink.leftovers(), before);
    });
  });
}

const isForHost = ({ platform }: Descriptor): boolean =>
  platform !== undefined && formatPlatform(platform) === formatPlatform(hostPlatform());

for (const sink of SINKS.filter(({ whole }) => !whole)) {
  test(`${sink.what} refuses an index without an image for this machine, with the list`, async () => {
    const blobs = new MemoryBlobs();
    const entries = ["riscv64", "s390x"].map((architecture) => ({
      ...blobs.image("gzip", [1], architecture),
      platform: { os: "linux", architecture },
    }));
    await assert.rejects(write(blobs.content(blobs.index(entries)), sink.destination().to), {
      code: "NO_SUCH_IMAGE",
      hint: /linux\/riscv64, linux\/s390x/,
    });
  });

  test(`${sink.what} takes the only image of an index, whatever its platform`, async () => {
    const blobs = new MemoryBlobs();
    const image = blobs.image("gzip", [1], "s390x");
    const index = blobs.index([
      { ...image, platform: { os: "linux", architecture: "s390x" } },
      blobs.attestation(image.digest),
    ]);
    assert.equal((await write(blobs.content(index), sink.destination().to)).descriptor.digest, image.digest);
  });

  test(`${sink.what} refuses what is no image`, async () => {
    const blobs = new MemoryBlobs();
    const { digest } = blobs.image("gzip", [1]);
    const content = blobs.content(blobs.attestation(digest));
    const config = {
      ...(content.kind === "manifest" ? content.manifest.config : assert.fail()),
      mediaType: "text/plain",
    };
    const artifact = content.kind === "manifest" ? { ...content, manifest: { ...content.manifest, config } } : content;
    await assert.rejects(write(artifact, sink.destination().to), { code: "UNSUPPORTED" });
  });
}
