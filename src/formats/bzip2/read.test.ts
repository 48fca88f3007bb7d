import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import fc from "fast-check";
import { collect, ObservedStream, pieces, pseudoText } from "../../../test/support/bytes.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { isDistillError } from "../../lib/errors.ts";
import { bunzip2 } from "./read.ts";

/** `printf 'hello hello hello hello' | bzip2`, for machines without bzip2. */
const HELLO = Buffer.from("QlpoOTFBWSZTWQL4sL0AAAORAEAAAkSgADDNAFSGlnGbOKPF3JFOFCQAviwvQA==", "base64");
const TEXT_OF_HELLO = "hello hello hello hello";
/** 45,000,000 zeros. */
const ZEROS = Buffer.from("QlpoOTFBWSZTWckBtsgBWKtAIMAAEAAACCAAMMwFKaZSSFJsVJIUni7kinChIZIDbZA=", "base64");
const SIZE_OF_ZEROS = 45_000_000;
const TEXT = pseudoText(1_000_000);
const NEEDS_BZIP2 = { skip: unlessTools("bzip2") };

function bzip2(input: Uint8Array, ...options: readonly string[]): Buffer {
  return execFileSync("bzip2", ["-c", ...options], { input, maxBuffer: 1024 ** 3 });
}

const run = (bytes: Uint8Array, ...sizes: readonly number[]): Promise<Buffer> =>
  collect(bunzip2(pieces(bytes, ...sizes)));

async function rejects(bytes: Uint8Array, why: string, code: "FORMAT_INVALID" | "UNSUPPORTED" = "FORMAT_INVALID") {
  await assert.rejects(
    run(bytes, 500),
    (error) => {
      assert.ok(isDistillError(error, code), `${why}: ${error}`);
      return true;
    },
    why,
  );
}

/** Bytes with runs of all lengths around those that the format counts apart (4, 255 + 4). */
const runs = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.oneof(fc.nat(6), fc.integer({ min: 250, max: 600 }))), {
    maxLength: 60,
  })
  .map((parts) => Buffer.concat(parts.map(([byte, count]) => Buffer.alloc(count, byte))));

describe("bunzip2", () => {
  test("decompresses a stream that was made elsewhere, however it is cut", async () => {
    for (const size of [1, 2, 7, HELLO.length]) assert.equal(String(await run(HELLO, size)), TEXT_OF_HELLO);
  });

  test("decompresses several streams, of other block sizes and empty ones among them", NEEDS_BZIP2, async () => {
    const empty = bzip2(new Uint8Array(0));
    const bytes = Buffer.concat([empty, HELLO, bzip2(TEXT, "-1"), empty, bzip2(TEXT, "-9"), HELLO]);
    const expected = Buffer.concat([Buffer.from(TEXT_OF_HELLO), TEXT, TEXT, Buffer.from(TEXT_OF_HELLO)]);
    for (const size of [100, 10_000, bytes.length]) assert.ok((await run(bytes, size)).equals(expected));
    assert.equal((await run(empty)).length, 0);
  });

  test("gives what bzip2 gives back, for runs of every length", NEEDS_BZIP2, async () => {
    await fc.assert(
      fc.asyncProperty(
        runs,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 }),
        async (text, sizes) => assert.deepEqual(await run(bzip2(text, "-1"), ...sizes), text),
      ),
      { numRuns: 40 },
    );
  });

  test("gives what bzip2 gives back, for text, noise, all bytes and repetitions", NEEDS_BZIP2, async () => {
    const noise = Buffer.from(
      Uint8Array.from({ length: 300_000 }, (_, at) => (Math.imul(at, 2654435761) >>> 13) & 255),
    );
    const all = Buffer.from(Uint8Array.from({ length: 256 * 3 }, (_, at) => at & 255));
    const repeated = Buffer.from("abcdefgh".repeat(200_000));
    for (const text of [Buffer.from(TEXT), noise, all, repeated, Buffer.alloc(1_000_000), Buffer.from("a")]) {
      for (const level of ["-1", "-9"]) assert.ok((await run(bzip2(text, level), 10_000)).equals(text));
    }
  });

  test("refuses a stream that ends early, wherever it is cut", async () => {
    for (let length = 0; length < HELLO.length; length++) await rejects(HELLO.subarray(0, length), `cut at ${length}`);
  });

  test("never gives other bytes for a flipped bit than those that were packed", async () => {
    for (let bit = 0; bit < HELLO.length * 8; bit++) {
      const copy = Buffer.from(HELLO);
      copy[bit >> 3] = (copy[bit >> 3] as number) ^ (0x80 >> (bit & 7));
      try {
        assert.equal(String(await run(copy)), TEXT_OF_HELLO, `flipped bit ${bit}`);
      } catch (error) {
        assert.ok(isDistillError(error, "FORMAT_INVALID", "UNSUPPORTED"), String(error));
      }
    }
  });

  test("judges damaged streams as bzip2 does", NEEDS_BZIP2, async () => {
    const archive = bzip2(pseudoText(3000), "-1");
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(archive.length - 1), fc.integer({ min: 1, max: 255 })), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.integer({ min: 1, max: 900 }),
        async (changes, size) => {
          const copy = Buffer.from(archive);
          for (const [at, change] of changes) copy[at] = (copy[at] as number) ^ change;
          const oracle = spawnSync("bzip2", ["-dc"], { input: copy });
          try {
            const text = await run(copy, size);
            assert.equal(oracle.status, 0, "bzip2 refuses it");
            assert.ok(text.equals(oracle.stdout));
          } catch (error) {
            assert.ok(isDistillError(error, "FORMAT_INVALID", "UNSUPPORTED"), String(error));
            // The padding of the last byte is all that bzip2 does not look at, and neither do we.
            assert.notEqual(oracle.status, 0, `bzip2 takes it: ${error}`);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("refuses what is no bzip2 stream, or follows one", async () => {
    await rejects(Buffer.from("plain text that is long enough to be looked at"), "text");
    await rejects(Buffer.from("BZh0"), "level");
    await rejects(Buffer.from("BZh9 begins like one, and is the name of something else"), "text");
    for (const tail of ["x", "\0", "BZ", "trailing garbage"]) {
      await rejects(Buffer.concat([HELLO, Buffer.from(tail)]), JSON.stringify(tail));
    }
  });

  test("says of randomised blocks that they are not supported", async () => {
    const copy = Buffer.from(HELLO);
    copy[14] = (copy[14] as number) | 0x80;
    await rejects(copy, "randomised", "UNSUPPORTED");
  });

  test("gives the text of a block in pieces of 128 KiB, and stops at the limit", async () => {
    let yielded = 0;
    let largest = 0;
    const source = new ObservedStream(pieces(Buffer.concat(Array.from({ length: 222 }, () => ZEROS)), 100));
    await assert.rejects(
      async () => {
        for await (const chunk of bunzip2(source, { maxBytes: 100_000_000 })) {
          yielded += chunk.length;
          largest = Math.max(largest, chunk.length);
        }
      },
      (error) => isDistillError(error, "LIMIT_EXCEEDED"),
    );
    assert.ok(yielded <= 100_000_000 && yielded > 99_000_000);
    assert.equal(largest, 128 * 1024);
    assert.ok(source.bytesRead < 1000, "of the 10 GB no more was read than was asked for");
    assert.equal(source.closed, true);
  });

  test("reads many tiny streams without a piece of output for each", async () => {
    const bytes = Buffer.concat(Array.from({ length: 5000 }, () => HELLO));
    let chunks = 0;
    let total = 0;
    for await (const chunk of bunzip2(pieces(bytes, 4096))) {
      chunks++;
      total += chunk.length;
    }
    assert.equal(total, 5000 * TEXT_OF_HELLO.length);
    assert.equal(chunks, 1);
  });

  test("lets others have their turn", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    let total = 0;
    for await (const chunk of bunzip2(pieces(ZEROS))) total += chunk.length;
    clearInterval(timer);
    assert.equal(total, SIZE_OF_ZEROS);
    assert.ok(turns >= 1);
  });

  test("closes its source when the consumer stops early", async () => {
    const source = new ObservedStream(pieces(Buffer.concat([ZEROS, ZEROS]), 10));
    for await (const chunk of bunzip2(source)) {
      assert.ok(chunk.length > 0);
      break;
    }
    assert.equal(source.closed, true);
  });

  test("throws the source's failure as it is", async () => {
    const failure = new Error("connection reset");
    const source = (async function* () {
      yield HELLO.subarray(0, 20);
      throw failure;
    })();
    await assert.rejects(collect(bunzip2(source)), (error) => error === failure);
  });
});
