import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { pieces } from "../../test/support/bytes.ts";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { layerTar } from "../../test/support/images.ts";
import type { Blob } from "../image/image.ts";
import { MediaType } from "../image/media-types.ts";
import { digestOf, hexOf } from "../lib/digest.ts";
import { SMALLEST_PARTIAL } from "./partial.ts";
import { Store } from "./store.ts";

const SIZE = 3 << 20;
const TAR = layerTar(1, SIZE);
const DIGEST = digestOf(TAR);
const RECEIVER = join(dirname(fileURLToPath(import.meta.url)), "../../test/support/store-receiver.ts");
const CUT = new Error("the line is cut");

/** What is written of a blob that breaks off is written by the megabyte: of these pieces, four at a time. */
const PIECE = 300_000;

/** The blob as a source gives it that breaks off before byte `end`, and where it was asked to begin. */
function source(options: { readonly end?: number; readonly bytes?: Uint8Array } = {}) {
  const { end = TAR.length, bytes = TAR } = options;
  const asked: number[] = [];
  async function* openFrom(offset: number): AsyncGenerator<Uint8Array> {
    asked.push(offset);
    yield* pieces(bytes.subarray(offset, end), PIECE);
    if (end < TAR.length) throw CUT;
  }
  const descriptor = { mediaType: MediaType.ociLayer, digest: DIGEST, size: TAR.length };
  const blob: Blob = { descriptor, open: () => openFrom(0), openFrom };
  return { blob, asked };
}

const partial = (root: string): string => join(root, "tmp/partial", hexOf(DIGEST));
const keptAt = (root: string): number | undefined =>
  existsSync(partial(root)) ? readFileSync(partial(root)).length : undefined;

/** A beginning that an earlier process has left. */
function leave(root: string, bytes: Uint8Array): void {
  mkdirSync(dirname(partial(root)), { recursive: true });
  writeFileSync(partial(root), bytes);
}

async function receive(root: string, blob: Blob, signal?: AbortSignal): Promise<void> {
  await using store = Store.open(root);
  await using lease = store.lease("receive");
  await lease.receiveBlob(blob, signal);
  assert.deepEqual(store.blob(DIGEST), { digest: DIGEST, size: TAR.length });
  assert.deepEqual(await store.verify(), []);
}

/** The store as it is: nothing, and nothing of the leases that have ended. */
async function isEmpty(root: string): Promise<void> {
  await using store = Store.open(root);
  assert.equal(store.blob(DIGEST), undefined);
  assert.deepEqual(readdirSync(join(root, "blobs/sha256")), []);
  assert.deepEqual(
    readdirSync(join(root, "tmp")).filter((name) => name !== "partial"),
    [],
  );
}

describe("a blob that breaks off", () => {
  test("is gone on with, and its beginning does not stay", async (t) => {
    const root = temporaryDirectory(t);
    await assert.rejects(receive(root, source({ end: 2_000_000 }).blob), CUT);
    await isEmpty(root);
    assert.equal(keptAt(root), 4 * PIECE);
    const { blob, asked } = source();
    await receive(root, blob);
    assert.deepEqual(asked, [4 * PIECE]);
    assert.equal(keptAt(root), undefined);
  });

  test("again and again comes nearer to its end each time", async (t) => {
    const root = temporaryDirectory(t);
    const begins: number[] = [];
    for (const end of [1_200_000, 1_200_001, 2_900_000, TAR.length]) {
      const { blob, asked } = source({ end });
      await receive(root, blob).catch((error) => assert.equal(error, CUT));
      begins.push(...asked);
    }
    assert.deepEqual(begins, [0, 4 * PIECE, 4 * PIECE, 8 * PIECE]);
  });

  test("before it is worth going on with, begins anew", async (t) => {
    const root = temporaryDirectory(t);
    await assert.rejects(receive(root, source({ end: SMALLEST_PARTIAL - 1 }).blob), CUT);
    assert.equal(keptAt(root), undefined);
    const { blob, asked } = source();
    await receive(root, blob);
    assert.deepEqual(asked, [0]);
  });

  test("by an interruption keeps what came", async (t) => {
    const root = temporaryDirectory(t);
    const controller = new AbortController();
    const { blob } = source();
    const stopping: Blob = {
      ...blob,
      async *openFrom(offset) {
        yield TAR.subarray(offset, 2_000_000);
        controller.abort();
        yield TAR.subarray(2_000_000);
      },
    };
    await assert.rejects(receive(root, stopping, controller.signal), { code: "CANCELLED" });
    assert.equal(keptAt(root), 2_000_000);
  });
});

describe("what an earlier try has left", () => {
  test("is thrown away where it is wrong, and the blob fetched as a whole", async (t) => {
    const root = temporaryDirectory(t);
    const wrong = Uint8Array.from(TAR.subarray(0, 2_000_000));
    wrong[1000] = (wrong[1000] ?? 0) ^ 1;
    leave(root, wrong);
    const { blob, asked } = source();
    await receive(root, blob);
    assert.deepEqual(asked, [2_000_000, 0]);
  });

  test("is kept where the second try of the whole breaks off too", async (t) => {
    const root = temporaryDirectory(t);
    leave(root, new Uint8Array(2_000_000));
    let tries = 0;
    const { blob } = source();
    const failing: Blob = {
      ...blob,
      async *openFrom(offset) {
        yield TAR.subarray(offset, tries++ === 0 ? TAR.length : 1_500_000);
        if (tries > 1) throw CUT;
      },
    };
    await assert.rejects(receive(root, failing), CUT);
    assert.deepEqual(readFileSync(partial(root)), Buffer.from(TAR.subarray(0, 1_500_000)));
  });

  test("is not used where it is longer than the blob", async (t) => {
    const root = temporaryDirectory(t);
    leave(root, Buffer.concat([TAR, Buffer.from("x")]));
    const { blob, asked } = source();
    await receive(root, blob);
    assert.deepEqual(asked, [0]);
  });

  test("is all that is needed where it is the whole", async (t) => {
    const root = temporaryDirectory(t);
    leave(root, TAR);
    const { blob, asked } = source();
    await receive(root, blob);
    assert.deepEqual(asked, [TAR.length]);
  });

  test("does not save a source that sends the wrong thing", async (t) => {
    const root = temporaryDirectory(t);
    leave(root, TAR.subarray(0, 2_000_000));
    const { blob, asked } = source({ bytes: new Uint8Array(TAR.length) });
    await assert.rejects(receive(root, blob), { code: "DIGEST_MISMATCH" });
    assert.deepEqual(asked, [2_000_000, 0]);
    await isEmpty(root);
    assert.equal(keptAt(root), undefined);
  });

  test("is taken by one of two who want it", async (t) => {
    const root = temporaryDirectory(t);
    leave(root, TAR.subarray(0, 2_000_000));
    const [one, two] = [source(), source()];
    await Promise.all([receive(root, one.blob), receive(root, two.blob)]);
    assert.deepEqual(
      [...one.asked, ...two.asked].toSorted((a, b) => a - b),
      [0, 2_000_000],
    );
  });
});

async function killWhileReceiving(t: TestContext, root: string, bytes: number): Promise<void> {
  const child = spawn(process.execPath, [RECEIVER, root, String(SIZE), String(bytes)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const said = await new Promise<string>((resolve) => child.stdout.once("data", (data) => resolve(String(data))));
  assert.equal(said, "waiting\n");
  child.kill("SIGKILL");
  await ended;
}

test("what a killed process had received is found by the next", async (t) => {
  const root = temporaryDirectory(t);
  await killWhileReceiving(t, root, 2_000_000);
  const { blob, asked } = source();
  await receive(root, blob);
  assert.equal(asked.length, 1);
  // What it was given last may be on its way to the disk still.
  assert.ok((asked[0] ?? 0) >= SMALLEST_PARTIAL, `${asked[0]}`);
  await isSwept(root);
});

async function isSwept(root: string): Promise<void> {
  await using store = Store.open(root);
  assert.deepEqual(await store.verify(), []);
  assert.deepEqual(
    readdirSync(join(root, "tmp")).filter((name) => name !== "partial"),
    [],
  );
  assert.equal(keptAt(root), undefined);
}
