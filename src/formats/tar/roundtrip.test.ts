import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { archiveOf, bare, file, header, sought, streamed } from "../../../test/support/tar.ts";
import { anyEntry } from "../../../test/support/tar-arbitraries.ts";
import { readTar } from "./reader.ts";
import { seekTar } from "./seek.ts";
import { END_OF_ARCHIVE, encodeHeader } from "./writer.ts";

const directory = mkdtempSync(join(tmpdir(), "distill-tar-"));
after(() => rmSync(directory, { recursive: true, force: true }));

test("what is written is read back unchanged by both readers, in any chunking", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyEntry, { maxLength: 4 }),
      fc.array(fc.nat(12000), { maxLength: 30 }),
      async (entries, cuts) => {
        const bytes = archiveOf(entries);
        const expected = { entries, code: undefined, message: "" };
        assert.deepStrictEqual(await streamed(bytes, cuts), expected);
        assert.deepStrictEqual(sought(bytes, directory), expected);
      },
    ),
    { numRuns: 300 },
  );
});

test("one byte at a time gives the same entries", async () => {
  const entries = [
    file("a/".repeat(200), "").header,
    header({ path: "f", size: 700, xattrs: new Map([["user.x", new Uint8Array([0, 10, 255])]]) }),
  ].map((made) => ({ header: { ...made, path: made.path.replace(/\/$/, "") }, body: Buffer.alloc(made.size, 7) }));
  const bytes = archiveOf(entries);
  const cuts = Array.from({ length: bytes.length }, (_, at) => at);
  assert.deepStrictEqual((await streamed(bytes, cuts)).entries, entries);
});

test("the same header gives the same bytes whatever the order of its attributes", () => {
  const values: [string, Uint8Array][] = [
    ["user.b", new Uint8Array([1])],
    ["security.capability", new Uint8Array([0, 0xff, 0x0a])],
    ["user.a", new Uint8Array()],
  ];
  const one = encodeHeader(header({ xattrs: new Map(values) }));
  assert.deepStrictEqual(one, encodeHeader(header({ xattrs: new Map(values.toReversed()) })));
});

test("a body that is left or half read is skipped", async () => {
  const bytes = archiveOf([file("a", Buffer.alloc(3000, 1)), file("b", Buffer.alloc(3000, 2)), file("c", "end")]);
  const seen: string[] = [];
  async function* source(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
  }
  for await (const { header, body } of readTar(source())) {
    seen.push(header.path);
    if (header.path === "b") for await (const _ of body) break;
  }
  assert.deepStrictEqual(seen, ["a", "b", "c"]);
});

test("a body that is asked for twice or too late is an error, not silence", async () => {
  const bodies: AsyncIterable<Uint8Array>[] = [];
  async function* source(): AsyncGenerator<Uint8Array> {
    yield archiveOf([file("a", "text"), file("b", "")]);
  }
  for await (const { body } of readTar(source())) bodies.push(body);
  for (const body of bodies) {
    await assert.rejects(async () => {
      for await (const _ of body);
    }, /read or skipped already/);
  }
});

test("the source is read to its end, and released when the reader stops early", async () => {
  const bytes = Buffer.concat([archiveOf([file("a", "x"), file("b", "y")]), Buffer.from("trailing garbage")]);
  const state = { given: 0, released: false };
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      for (let at = 0; at < bytes.length; at += 100) {
        const piece = bytes.subarray(at, at + 100);
        state.given += piece.length;
        yield piece;
      }
    } finally {
      state.released = true;
    }
  }
  for await (const _ of readTar(source()));
  assert.equal(state.given, bytes.length);
  state.released = false;
  for await (const _ of readTar(source())) break;
  assert.equal(state.released, true);
});

test("a failure of the source comes out as it is", async () => {
  const failure = new Error("disk on fire");
  async function* source(): AsyncGenerator<Uint8Array> {
    yield archiveOf([file("a", "x")]).subarray(0, 600);
    throw failure;
  }
  await assert.rejects(
    async () => {
      for await (const _ of readTar(source()));
    },
    (error) => error === failure,
  );
});

test("bodies beyond 8 GiB are passed over by both readers", async () => {
  const size = 9 * 2 ** 30 + 1;
  const big = encodeHeader(header({ path: "big", size }));
  const small = Buffer.concat([Buffer.alloc(511), encodeHeader(header({ path: "small" })), END_OF_ARCHIVE]);
  const zeros = Buffer.alloc(16 << 20);
  async function* source(): AsyncGenerator<Uint8Array> {
    yield big;
    for (let left = size; left > 0; left -= zeros.length) yield zeros.subarray(0, Math.min(left, zeros.length));
    yield small;
  }
  const paths: string[] = [];
  for await (const { header } of readTar(source())) paths.push(header.path);
  assert.deepStrictEqual(paths, ["big", "small"]);

  const handle = await open(join(directory, "big.tar"), "w+");
  try {
    await handle.write(big, 0, big.length, 0);
    await handle.write(small, 0, small.length, big.length + size);
    const found = [...seekTar(handle)].map(({ header, offset }) => [header.path, header.size, offset]);
    assert.deepStrictEqual(found, [
      ["big", size, big.length],
      ["small", 0, big.length + size + 511 + 512],
    ]);
  } finally {
    await handle.close();
  }
});

test("an archive may be empty, and may lack its end blocks at the end of an entry", async () => {
  assert.deepStrictEqual((await streamed(Buffer.alloc(0))).entries, []);
  const whole = archiveOf([bare({ path: "d/", type: "directory" }), file("f", "x")]);
  for (const end of [whole.length - 1024, whole.length - 512]) {
    const cut = whole.subarray(0, end);
    assert.equal((await streamed(cut)).entries.length, 2);
    assert.equal(sought(cut, directory).entries.length, 2);
  }
});
