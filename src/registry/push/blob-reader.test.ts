import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { pieces } from "../../../test/support/bytes.ts";
import { randomBytes } from "../../../test/support/random.ts";
import type { Blob } from "../../image/image.ts";
import { verified } from "../../image/verified.ts";
import { digestOf } from "../../lib/digest.ts";
import { BlobReader } from "./blob-reader.ts";

const BYTES = randomBytes(5, 10_000);

/** A blob that comes in pieces of 700 bytes, and who opened it where. */
function watched(options: { readonly from?: boolean; readonly bytes?: Uint8Array } = {}) {
  const { bytes = BYTES, from = false } = options;
  const opened: number[] = [];
  const descriptor = { mediaType: "x", digest: digestOf(BYTES), size: BYTES.length };
  const open = (offset: number) => {
    opened.push(offset);
    return pieces(bytes.subarray(offset), 700);
  };
  const blob: Blob = {
    ...{ descriptor, open: () => verified(open(0), descriptor) },
    ...(from ? { openFrom: open } : {}),
  };
  return { blob, opened };
}

async function read(reader: BlobReader, offset: number, length: number): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(reader.piece(offset, length)));
}

const part = (offset: number, length: number) => Buffer.from(BYTES.subarray(offset, offset + length));

describe("a blob in pieces", () => {
  test("is opened once where they follow one another", async () => {
    const { blob, opened } = watched();
    await using reader = new BlobReader(blob);
    for (let at = 0; at < BYTES.length; at += 1500) assert.deepEqual(await read(reader, at, 1500), part(at, 1500));
    await reader.end();
    assert.deepEqual(opened, [0]);
  });

  test("is opened again where one does not follow, at its place if that can be", async () => {
    for (const [from, places] of [
      [false, [0, 0, 0]],
      [true, [5000, 200, 0]],
    ] as const) {
      const { blob, opened } = watched({ from });
      await using reader = new BlobReader(blob);
      for (const at of [5000, 200, 0]) assert.deepEqual(await read(reader, at, 1234), part(at, 1234));
      assert.deepEqual(opened, places);
    }
  });

  test("ends where the blob ends", async () => {
    await using reader = new BlobReader(watched().blob);
    assert.deepEqual(await read(reader, 9990, 100), part(9990, 10));
    assert.deepEqual(await read(reader, 20_000, 100), Buffer.alloc(0));
  });

  test("does not give its last bytes where it is not what it was to be", async () => {
    const wrong = Uint8Array.from(BYTES);
    wrong[3] = (wrong[3] ?? 0) ^ 1;
    for (const length of [BYTES.length, BYTES.length - 1]) {
      await using reader = new BlobReader(watched({ bytes: wrong }).blob);
      const given: Uint8Array[] = [];
      const all = async () => {
        for await (const chunk of reader.piece(0, length)) given.push(chunk);
        for await (const chunk of reader.piece(length, BYTES.length - length)) given.push(chunk);
      };
      await assert.rejects(all(), { code: "DIGEST_MISMATCH" });
      assert.ok(Buffer.concat(given).length < BYTES.length);
    }
  });

  test("is read again from a place that a reader who gave up had passed", async () => {
    const { blob, opened } = watched();
    await using reader = new BlobReader(blob);
    for await (const _ of reader.piece(0, 5000)) break;
    assert.deepEqual(await read(reader, 0, 5000), part(0, 5000));
    assert.deepEqual(opened, [0, 0]);
  });

  test("is not disturbed by a reader that was given up and wakes up later", async () => {
    const descriptor = { mediaType: "x", digest: digestOf(BYTES), size: BYTES.length };
    const slow = Promise.withResolvers<void>();
    let first = true;
    const blob: Blob = {
      descriptor,
      async *open() {
        if (first) {
          first = false;
          yield BYTES.subarray(0, 100);
          await slow.promise;
        }
        yield* pieces(BYTES, 700);
      },
    };
    const reader = new BlobReader(blob);
    const late = reader.piece(0, 5000);
    await late.next();
    const waiting = late.next();
    const again = read(reader, 0, 5000);
    slow.resolve();
    await assert.rejects(waiting, /given up/);
    assert.deepEqual(await again, part(0, 5000));
    assert.deepEqual(await read(reader, 5000, 5000), part(5000, 5000));
  });
});
