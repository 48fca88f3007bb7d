import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { collect, ObservedStream, pieces, pseudoText } from "../../../test/support/bytes.ts";
import { isDistillError } from "../../lib/errors.ts";
import { gunzip } from "./read.ts";

const TEXT = pseudoText(1_500_000);
const ARCHIVE = gzipSync(TEXT);

function invalid(error: unknown): boolean {
  assert.ok(isDistillError(error, "FORMAT_INVALID"), String(error));
  return true;
}

describe("gunzip", () => {
  test("decompresses, however the input is cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
        fc.nat(40),
        async (members, sizes, padding) => {
          const archive = Buffer.concat([...members.map((member) => gzipSync(member)), Buffer.alloc(padding)]);
          assert.deepEqual(await collect(gunzip(pieces(archive, ...sizes))), Buffer.concat(members));
        },
      ),
      { numRuns: 200 },
    );
  });

  test("decompresses a large stream", async () => {
    assert.ok((await collect(gunzip(pieces(ARCHIVE, 65536)))).equals(TEXT));
    assert.ok((await collect(gunzip(pieces(ARCHIVE)))).equals(TEXT));
  });

  test("refuses a stream that ends early, wherever it is cut", async () => {
    const archive = gzipSync("distill ".repeat(20));
    for (let length = 0; length < archive.length; length++) {
      await assert.rejects(collect(gunzip(pieces(archive.subarray(0, length), 7))), invalid, `cut at ${length}`);
    }
  });

  test("refuses damaged data, and a wrong checksum or length", async () => {
    for (const at of [0, 2, 40, -8, -1]) {
      const copy = Buffer.from(gzipSync(TEXT.subarray(0, 1000)));
      const index = at < 0 ? copy.length + at : at;
      copy[index] = (copy[index] as number) ^ 0x55;
      await assert.rejects(collect(gunzip(pieces(copy))), invalid, `flipped at ${at}`);
    }
  });

  test("refuses what follows the last member and is no padding", async () => {
    const archive = gzipSync("content");
    const tails = ["x", "garbage that is long enough", "\x1f", "\0\0\0x", `${"\0".repeat(600)}x`, "\0\x1f\x8b"];
    for (const tail of tails) {
      const bytes = Buffer.concat([archive, Buffer.from(tail, "latin1")]);
      for (const size of [1, 30, archive.length, bytes.length]) {
        await assert.rejects(collect(gunzip(pieces(bytes, size))), invalid, JSON.stringify({ tail, size }));
      }
    }
    const hidden = Buffer.concat([archive, Buffer.alloc(20), archive]);
    await assert.rejects(collect(gunzip(pieces(hidden))), invalid);
  });

  test("stops a bomb at the limit", async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000));
    let yielded = 0;
    await assert.rejects(
      async () => {
        for await (const chunk of gunzip(pieces(bomb, 1000), { maxBytes: 1_000_000 })) yielded += chunk.length;
      },
      (error) => isDistillError(error, "LIMIT_EXCEEDED"),
    );
    assert.ok(yielded <= 1_000_000);
    assert.equal((await collect(gunzip(pieces(ARCHIVE), { maxBytes: TEXT.length }))).length, TEXT.length);
  });

  test("closes its source when the consumer stops early", async () => {
    const source = new ObservedStream(pieces(ARCHIVE, 1000));
    for await (const chunk of gunzip(source)) {
      assert.ok(chunk.length > 0);
      break;
    }
    assert.equal(source.closed, true);
    assert.ok(source.bytesRead < ARCHIVE.length);
  });

  test("throws the source's failure as it is", async () => {
    const failure = new Error("connection reset");
    const source = (async function* () {
      yield ARCHIVE.subarray(0, 1000);
      throw failure;
    })();
    await assert.rejects(collect(gunzip(source)), (error) => error === failure);
  });

  test("keeps a nested stream's failure apart from its own", async () => {
    const nested = gunzip(pieces(Buffer.from("not gzip at all")));
    await assert.rejects(collect(gunzip(nested)), invalid);
  });
});
