import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { fileContent, opened } from "../../../test/support/archives.ts";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { randomBytes } from "../../../test/support/random.ts";
import { archiveOf, bare, file } from "../../../test/support/tar.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { END_OF_ARCHIVE } from "../../formats/tar/writer.ts";
import { type ErrorCode, isDistillError } from "../../lib/errors.ts";
import { bytesContent, type Content } from "../content.ts";
import { type OpenArchive, type OpenArchiveOptions, openArchive } from "./open-archive.ts";

const ENTRIES = [file("a", "text of a"), bare({ path: "d/", type: "directory" }), file("d/b", "b".repeat(100_000))];
const TAR = archiveOf(ENTRIES);

function packed(program: string, bytes: Uint8Array): Buffer {
  return execFileSync(program, ["-c"], { input: bytes, maxBuffer: 1 << 30 });
}

type Pack = (bytes: Uint8Array) => Buffer;
const PACKINGS: readonly (readonly [name: string, needs: false | string, pack: Pack])[] = [
  ["gzip", false, (bytes) => gzipSync(bytes)],
  ["zstd", false, (bytes) => zstdCompressSync(bytes)],
  ["bzip2", unlessTools("bzip2"), (bytes) => packed("bzip2", bytes)],
  ["xz", unlessTools("xz"), (bytes) => packed("xz", bytes)],
];

async function contentsOf(archive: OpenArchive): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for await (const member of archive.members()) {
    const content = archive.contentOf(member);
    contents[member.header.path] = Buffer.from(await content.read(0, content.size)).toString();
  }
  return contents;
}

function open(content: Content | Uint8Array, directory: string, options: Partial<OpenArchiveOptions> = {}) {
  const bytes = content instanceof Uint8Array ? bytesContent(content) : content;
  return openArchive(bytes, { name: "app.tar", temporaryDirectory: directory, ...options });
}

/** What does not compress, and is no tar. */
const NOISE = Buffer.from(randomBytes(1, 1_200_000));

const EXPECTED = { a: "text of a", "d/": "", "d/b": "b".repeat(100_000) };

describe("an archive", () => {
  test("that is not packed is read where it is", async (t) => {
    const directory = temporaryDirectory(t);
    const archive = await opened(t, fileContent(t, directory, TAR));
    assert.deepEqual(await contentsOf(archive), EXPECTED);
    assert.deepEqual(await contentsOf(archive), EXPECTED);
    assert.deepEqual(readdirSync(directory), ["content"]);
  });

  for (const [packing, skip, pack] of PACKINGS) {
    test(`that is packed with ${packing} is unpacked once, to a file without a name`, { skip }, async (t) => {
      const directory = temporaryDirectory(t);
      const reads: number[] = [];
      const bytes = pack(TAR);
      const content: Content = {
        size: bytes.length,
        read: async (offset, length) => {
          reads.push(offset);
          return bytes.subarray(offset, offset + length);
        },
      };
      const archive = await open(content, directory);
      assert.ok(archive);
      try {
        assert.deepEqual(reads, [0, 0]);
        assert.deepEqual(readdirSync(directory), []);
        assert.deepEqual(await contentsOf(archive), EXPECTED);
        assert.deepEqual(await contentsOf(archive), EXPECTED);
        assert.deepEqual(reads, [0, 0]);
      } finally {
        await archive[Symbol.asyncDispose]();
      }
    });

    test(`that is packed with ${packing} and holds no tar is none`, { skip }, async (t) => {
      const directory = temporaryDirectory(t);
      for (const text of ["", "text", "x".repeat(2000), "\0".repeat(100_000)]) {
        assert.equal(await open(pack(Buffer.from(text)), directory), undefined, text.slice(0, 10));
      }
      const whole = pack(Buffer.from("x".repeat(2000)));
      assert.equal(await open(whole.subarray(0, whole.length - 9), directory), undefined, "damaged, and no tar");
      assert.equal(await open(whole.subarray(0, 10), directory), undefined, "not much more than magic bytes");
      assert.deepEqual(readdirSync(directory), []);
    });

    test(`that is packed with ${packing} and damaged is an error that names it`, { skip }, async (t) => {
      const directory = temporaryDirectory(t);
      const whole = pack(Buffer.concat([TAR, NOISE]));
      for (const bytes of [whole.subarray(0, whole.length - 5), whole.subarray(0, Math.floor(whole.length * 0.9))]) {
        await rejects(
          open(bytes, directory),
          "FORMAT_INVALID",
          /^app\.tar: the (gzip|bzip2|xz|zstd) stream is damaged/,
        );
      }
      // A zstd block gives nothing before all of it is there.
      const small = packing === "zstd" ? [] : [pack(TAR).subarray(0, -5)];
      for (const bytes of small) await rejects(open(bytes, directory), "FORMAT_INVALID", /^app\.tar: .*it ends early/);
      const trailing = Buffer.concat([pack(TAR), Buffer.from("something else")]);
      await rejects(open(trailing, directory), "FORMAT_INVALID", /^app\.tar: /);
      assert.deepEqual(readdirSync(directory), []);
    });

    test(`that is packed with ${packing} and larger than it may be is refused`, { skip }, async (t) => {
      const directory = temporaryDirectory(t);
      const bytes = pack(TAR);
      await rejects(
        open(bytes, directory, { limit: TAR.length - 1 }),
        "LIMIT_EXCEEDED",
        new RegExp(`^the unpacked app\\.tar is larger than ${TAR.length - 1} bytes$`),
      );
      const archive = await open(bytes, directory, { limit: TAR.length });
      assert.ok(archive);
      await archive[Symbol.asyncDispose]();
      assert.deepEqual(readdirSync(directory), []);
    });
  }

  test("is told by its first header, as Docker does", async (t) => {
    const directory = temporaryDirectory(t);
    const none: Record<string, Uint8Array> = {
      empty: new Uint8Array(0),
      "no entries": END_OF_ARCHIVE,
      zeros: Buffer.alloc(100_000),
      text: Buffer.from("FROM scratch\n".repeat(100)),
      "half a header": TAR.subarray(0, 511),
      "a wrong checksum": Buffer.concat([Buffer.from("b"), TAR.subarray(1)]),
    };
    for (const [what, bytes] of Object.entries(none)) assert.equal(await open(bytes, directory), undefined, what);
    for (const bytes of [TAR.subarray(0, 512), TAR.subarray(0, 700)]) {
      const archive = await open(bytes, directory);
      assert.ok(archive, "a header is enough, whatever follows");
      await rejects(contentsOf(archive), "FORMAT_INVALID", /^app\.tar: ends at byte/);
    }
  });

  test("that a disk has no room for says so, and names archive and place", async () => {
    // Not writable in this way for anybody, root included.
    await rejects(open(gzipSync(TAR), "/proc/self"), "IO", /the unpacked app\.tar to \/proc\/self/);
  });

  test("is not opened any more once that is cancelled", async (t) => {
    const directory = temporaryDirectory(t);
    await rejects(open(gzipSync(TAR), directory, { signal: AbortSignal.abort() }), "CANCELLED", /interrupted/);
    assert.deepEqual(readdirSync(directory), []);
  });

  test("that cannot be read is not taken for something else", async (t) => {
    const failure = new Error("gone");
    const bytes = gzipSync(Buffer.concat([NOISE, NOISE]));
    const content: Content = {
      size: bytes.length,
      read: async (offset, length) => {
        if (length > 512) throw failure;
        return bytes.subarray(offset, offset + length);
      },
    };
    await assert.rejects(open(content, temporaryDirectory(t)), (error) => error === failure);
  });
});

async function rejects(work: Promise<unknown>, code: ErrorCode, says: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(isDistillError(error, code), String(error));
    assert.match(error.message, says);
    return true;
  });
}
