import assert from "node:assert/strict";
import { after, describe, type TestContext, test } from "node:test";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { memoryBlob } from "../../../test/support/images.ts";
import { type LyingOptions, LyingRegistry } from "../../../test/support/lying-registry.ts";
import { clientFor, IMPATIENT } from "../../../test/support/registry-scene.ts";
import type { Blob } from "../../image/image.ts";
import { verified } from "../../image/verified.ts";
import { digestOf } from "../../lib/digest.ts";
import { closeHttp } from "../../lib/http/agent.ts";
import { uploadBlob } from "./upload.ts";
import { noUploadMemory, type UploadMemory, uploadMemory } from "./upload-memory.ts";

const MIB = 1 << 20;
/** A busy machine takes a while to read 30 MiB. */
const PATIENT = { ...IMPATIENT, headersTimeout: 10_000, workTimeout: 10_000 };
const BYTES = Buffer.alloc(30 * MIB, "what is sent in chunks is neither short nor all the same. ");
const LONG = memoryBlob("x", BYTES);
const SHORT = memoryBlob("x", BYTES.subarray(0, 3 * MIB));

after(() => closeHttp());

class Scene {
  readonly registry: LyingRegistry;
  memory: UploadMemory = noUploadMemory;
  readonly controller = new AbortController();
  progress: number[] = [];

  constructor(registry: LyingRegistry) {
    this.registry = registry;
  }

  static async open(t: TestContext, options: LyingOptions = {}): Promise<Scene> {
    const registry = await LyingRegistry.start(options);
    t.after(() => registry.close());
    return new Scene(registry);
  }

  async upload(blob: Blob = LONG): Promise<void> {
    this.progress = [];
    const client = clientFor(this.registry.host, { signal: this.controller.signal, policy: PATIENT });
    const onProgress = (done: number): void => void this.progress.push(done);
    await uploadBlob(client, blob, { memory: this.memory, onProgress });
    const stored = this.registry.memory.repository("app").blobs.get(blob.descriptor.digest) ?? Buffer.alloc(0);
    assert.equal(digestOf(stored), blob.descriptor.digest);
  }

  /** First and last byte of each chunk that was announced. */
  get chunks(): readonly (readonly [number, number])[] {
    return this.registry.asked.flatMap(({ method, headers }) => {
      const [first, last] = (headers["content-range"] ?? "").split("-").map(Number);
      return method === "PATCH" && first !== undefined && last !== undefined ? [[first, last] as const] : [];
    });
  }

  get methods(): string {
    return this.registry.asked.map(({ method }) => method).join(" ");
  }
}

test("a small blob goes out in one request behind the one that begins", async (t) => {
  const scene = await Scene.open(t);
  await scene.upload(SHORT);
  assert.equal(scene.methods, "POST PUT");
});

test("a large blob goes out in chunks that follow one another, the first of them small", async (t) => {
  const scene = await Scene.open(t);
  await scene.upload();
  const { chunks } = scene;
  assert.deepEqual(chunks[0], [0, 4 * MIB - 1]);
  assert.equal(chunks.at(-1)?.[1], BYTES.length - 1);
  for (const [index, [first]] of chunks.entries()) assert.equal(first, (chunks[index - 1]?.[1] ?? -1) + 1);
  assert.deepEqual(
    scene.progress,
    scene.progress.toSorted((a, b) => a - b),
  );
  assert.equal(scene.progress.at(-1), BYTES.length);
});

test("no chunk but the last is shorter than the registry wants", async (t) => {
  const scene = await Scene.open(t, { minChunk: 9 * MIB });
  await scene.upload();
  for (const [first, last] of scene.chunks.slice(0, -1)) assert.ok(last - first + 1 >= 9 * MIB);
});

describe("after a cut", () => {
  test("an upload goes on where the registry is", async (t) => {
    const scene = await Scene.open(t);
    scene.registry.fault("PATCH", { kind: "change", times: 1 });
    scene.registry.fault("PATCH", { kind: "cut-request", after: 2 * MIB, times: 1 });
    await scene.upload();
    const third = scene.chunks[2]?.[0] ?? 0;
    assert.ok(third >= 6 * MIB && third < 12 * MIB, `${third}`);
  });

  test("an upload that is forgotten begins anew", async (t) => {
    const scene = await Scene.open(t, { keepsCutChunks: false });
    scene.registry.fault("PATCH", { kind: "cut-request", after: MIB, times: 1 });
    await scene.upload();
    assert.deepEqual(scene.chunks.map(([first]) => first).slice(0, 2), [0, 0]);
  });

  test("behind the last chunk, what lies there is enough", async (t) => {
    const scene = await Scene.open(t);
    scene.registry.fault("PUT", { kind: "hang-up", times: 1 });
    await scene.upload();
    assert.match(scene.methods, /PUT HEAD$/);
  });

  test("a whole blob begins anew, since what came of it is not known", async (t) => {
    const scene = await Scene.open(t);
    scene.registry.fault("PATCH", { kind: "answer", status: 405, times: 1 });
    scene.registry.fault("PATCH", { kind: "cut-request", after: MIB, times: 2 });
    await scene.upload();
    assert.equal(scene.chunks.length, 1);
    assert.equal(scene.registry.requests("POST").length, 4);
    assert.equal(scene.registry.memory.held, 0, "uploads that nobody goes on with are given up");
  });
});

test("416 makes the registry say where it is", async (t) => {
  const scene = await Scene.open(t);
  scene.registry.fault("PATCH", { kind: "change", times: 1, headers: { range: `0-${6 * MIB}` } });
  await scene.upload();
  assert.equal(scene.chunks[1]?.[0], 4 * MIB);
});

test("the count of failures begins anew where bytes arrive, and only there", async (t) => {
  const scene = await Scene.open(t);
  scene.registry.fault("PATCH", { kind: "cut-request", after: 2 * MIB, times: 10 });
  await scene.upload();
  assert.ok(scene.chunks.length > 10);
  const other = await Scene.open(t, { keepsCutChunks: false });
  other.registry.fault("PATCH", { kind: "cut-request", after: 2 * MIB });
  await assert.rejects(other.upload(), { code: "NETWORK" });
  assert.equal(other.chunks.length, 3);
});

describe("an upload that is interrupted", () => {
  test("ends its chunk, and the next goes on behind that", async (t) => {
    const scene = await Scene.open(t);
    scene.memory = uploadMemory(temporaryDirectory(t));
    scene.registry.fault("PATCH", { kind: "drip", every: 100, body: "xx" });
    const first = scene.upload();
    while (scene.registry.requests("PATCH").length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    scene.controller.abort();
    await assert.rejects(first, { code: "CANCELLED" });
    assert.equal(scene.registry.memory.held, 4 * MIB);
    scene.registry.heal();
    const next = new Scene(scene.registry);
    next.memory = scene.memory;
    await next.upload();
    assert.equal(next.progress[0], 4 * MIB);
    assert.deepEqual(scene.chunks.map(([begin]) => begin).slice(0, 2), [0, 4 * MIB]);
  });

  test("is not gone on with where the registry has forgotten it, or lies about it", async (t) => {
    for (const lie of [
      { kind: "drop-uploads" },
      { kind: "change", headers: { range: `0-${BYTES.length + 5}` } },
      { kind: "answer", status: 500 },
    ] as const) {
      const scene = await Scene.open(t);
      scene.memory = uploadMemory(temporaryDirectory(t));
      scene.registry.fault("PATCH", { kind: "change", times: 1 });
      scene.registry.fault("PATCH", { kind: "answer", status: 500 });
      await assert.rejects(scene.upload(), { code: "REGISTRY" });
      scene.registry.heal();
      scene.registry.fault("GET", lie);
      await scene.upload();
      assert.equal(scene.progress[0], 0);
    }
  });

  test("is forgotten once it has ended", async (t) => {
    const scene = await Scene.open(t);
    scene.memory = uploadMemory(temporaryDirectory(t));
    await scene.upload();
    assert.equal(await scene.memory.take(clientFor(scene.registry.host).remote, LONG.descriptor.digest), undefined);
  });
});

test("a blob that is not what it says is not stored, whatever the registry checks", async (t) => {
  for (const size of [3 * MIB, 30 * MIB]) {
    const scene = await Scene.open(t, { trusting: true });
    const right = memoryBlob("x", BYTES.subarray(0, size));
    const wrong = Buffer.from(BYTES.subarray(0, size));
    wrong[9] = 0;
    const blob: Blob = {
      descriptor: right.descriptor,
      open: () => verified(memoryBlob("x", wrong).open(), right.descriptor),
    };
    await assert.rejects(scene.upload(blob), { code: "DIGEST_MISMATCH" });
    assert.equal(scene.registry.memory.repository("app").blobs.size, 0);
  }
});
