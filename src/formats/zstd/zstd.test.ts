import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { zstdCompressSync } from "node:zlib";
import { randomBytes } from "../../../test/support/random.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { unzstd } from "./read.ts";
import { zstd } from "./write.ts";

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const read = async (bytes: Uint8Array, size = 1 << 20): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync(unzstd(cut(bytes, size))));

const write = async (bytes: Uint8Array, options: { level?: number; workers?: number } = {}, size = 1 << 20) =>
  Buffer.concat(await Array.fromAsync(zstd(cut(bytes, size), options)));

/** Half of it random, half of it not, so that there is something to compress and something to lose. */
function sample(size: number): Buffer {
  const bytes = Buffer.alloc(size, "distill ");
  randomBytes(1, size >> 1).forEach((byte, index) => {
    bytes[index * 2] = byte;
  });
  return bytes;
}

const SMALL = sample(3000);
const SKIPPABLE = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);

test("what is written depends on neither threads nor chunks, and is read back", async () => {
  const bytes = sample((16 << 20) + 5);
  const written = await write(bytes);
  assert.ok(written.equals(await write(bytes, { workers: 1 }, 77_777)));
  assert.ok(written.equals(await write(bytes, { workers: 4 }, bytes.length)));
  assert.ok((await read(written)).equals(bytes));
});

test("a block's edge and an empty input are written whole", async () => {
  for (const size of [0, 1, 8 << 20, (8 << 20) + 1]) {
    assert.equal((await read(await write(Buffer.alloc(size, 7)))).length, size);
  }
});

test("the zstd program reads what is written", { skip: unlessTools("zstd") }, async () => {
  const bytes = sample((8 << 20) + 1000);
  for (const level of [1, 3, 22]) {
    const written = await write(level === 22 ? SMALL : bytes, { level });
    const output = execFileSync("zstd", ["-dc"], { input: written, maxBuffer: 1 << 30 });
    assert.ok(output.equals(level === 22 ? SMALL : bytes));
  }
});

test("what the zstd programs write is read", { skip: unlessTools("zstd", "pzstd") }, async () => {
  const bytes = sample(3 << 20);
  const run = (program: string, ...args: string[]) => execFileSync(program, args, { input: bytes, maxBuffer: 1 << 30 });
  for (const packed of [
    run("zstd", "-c"),
    run("zstd", "-c", "--no-check", "-9", "-T2"),
    run("pzstd", "-c", "-p", "3"),
  ]) {
    assert.ok((await read(packed)).equals(bytes));
  }
});

test("several frames are read to the end, in any chunking, skippable ones left out", async () => {
  const frame = zstdCompressSync(SMALL);
  const stream = Buffer.concat([SKIPPABLE, frame, SKIPPABLE, frame, frame, SKIPPABLE]);
  const expected = Buffer.concat([SMALL, SMALL, SMALL]);
  for (const size of [1, 7, 1 << 20]) assert.ok((await read(stream, size)).equals(expected));
});

test("a stream that is cut anywhere is damaged, unless between two frames", async () => {
  const frame = await write(SMALL);
  const stream = Buffer.concat([frame, SKIPPABLE, frame]);
  const whole = new Set([frame.length, frame.length + SKIPPABLE.length]);
  for (let end = 0; end < stream.length; end += end % 50 === 0 ? 1 : 7) {
    if (whole.has(end)) continue;
    await assert.rejects(read(stream.subarray(0, end)), { code: "FORMAT_INVALID" }, `cut at ${end}`);
  }
});

test("a flipped byte is noticed", async () => {
  const frame = await write(SMALL);
  for (let at = 0; at < frame.length; at += 97) {
    const flipped = Buffer.from(frame);
    flipped[at] = (flipped[at] as number) ^ 0x40;
    await assert.rejects(read(flipped), /zstd|window/, `flipped at ${at}`);
  }
});

for (const [what, bytes, code] of [
  ["nothing at all", Buffer.alloc(0), "FORMAT_INVALID"],
  ["a tar", Buffer.alloc(1024), "FORMAT_INVALID"],
  ["a frame and garbage", Buffer.concat([zstdCompressSync(SMALL), Buffer.from("garbage")]), "FORMAT_INVALID"],
  ["a frame and zeros", Buffer.concat([zstdCompressSync(SMALL), Buffer.alloc(8)]), "FORMAT_INVALID"],
  ["a window of 256 MiB", Buffer.from("28b52ffd009001000000", "hex"), "LIMIT_EXCEEDED"],
  ["a window of 3.75 TiB", Buffer.from("28b52ffd00ff01000000", "hex"), "LIMIT_EXCEEDED"],
  ["one segment of 16 EiB", Buffer.from("28b52ffde0ffffffffffffffff010000", "hex"), "LIMIT_EXCEEDED"],
  ["a dictionary", Buffer.from("28b52ffd012007010000", "hex"), "UNSUPPORTED"],
  ["a block of a reserved type", Buffer.from("28b52ffd0058070000", "hex"), "FORMAT_INVALID"],
  ["a block that is too large", Buffer.from("28b52ffd0058f9ffff", "hex"), "FORMAT_INVALID"],
  ["a skippable frame that ends early", SKIPPABLE.subarray(0, 10), "FORMAT_INVALID"],
] as const) {
  test(`${what} is refused`, async () => {
    await assert.rejects(read(bytes), { code });
  });
}

test("skippable frames alone hold nothing", async () => {
  assert.equal((await read(SKIPPABLE)).length, 0);
});

test("a level that zstd does not have is refused", async () => {
  for (const level of [0, 23, 1.5]) await assert.rejects(write(SMALL, { level }), { code: "USAGE" });
});
