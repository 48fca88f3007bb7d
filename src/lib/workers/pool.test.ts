import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { SampleJob } from "../../../test/support/sample-worker.ts";
import { isDistillError } from "../errors.ts";
import { WorkerPool, workerUrl } from "./pool.ts";

const MODULE = new URL("../../../test/support/sample-worker.ts", import.meta.url);

const pools: WorkerPool<SampleJob, number>[] = [];

afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

function open(size: number): WorkerPool<SampleJob, number> {
  const pool = new WorkerPool<SampleJob, number>(MODULE, { size });
  pools.push(pool);
  return pool;
}

describe("WorkerPool", () => {
  it("answers more jobs than it has threads, each with its own result", async () => {
    const pool = open(2);
    const values = Array.from({ length: 20 }, (_, value) => value);
    const results = await Promise.all(values.map((value) => pool.run({ kind: "double", value })));
    assert.deepEqual(
      results,
      values.map((value) => value * 2),
    );
  });

  it("has at least one thread", () => {
    assert.equal(open(0).size, 1);
  });

  it("carries a DistillError over with code, message and hint", async () => {
    await assert.rejects(open(1).run({ kind: "refuse" }), (error) => {
      assert.ok(isDistillError(error, "DIGEST_MISMATCH"));
      assert.equal(error.message, "it differs");
      assert.equal(error.hint, "try again");
      return true;
    });
  });

  it("keeps the worker's stack of a bug", async () => {
    await assert.rejects(open(1).run({ kind: "bug" }), (error) => {
      assert.ok(error instanceof Error && !isDistillError(error));
      assert.match(error.stack ?? "", /TypeError: a mistake[\s\S]*sample-worker/);
      return true;
    });
  });

  it("goes on after a worker that ended by itself", async () => {
    const pool = open(1);
    await assert.rejects(pool.run({ kind: "exit" }), /ended with status 3/);
    assert.equal(await pool.run({ kind: "double", value: 4 }), 8);
  });

  it("stops a job that is aborted, even one that never yields, and goes on", async () => {
    const pool = open(1);
    await pool.run({ kind: "double", value: 1 });
    const controller = new AbortController();
    const spinning = pool.run({ kind: "spin" }, controller.signal);
    const next = pool.run({ kind: "double", value: 5 });
    setTimeout(() => controller.abort(), 20);
    await assert.rejects(spinning, (error) => isDistillError(error, "CANCELLED"));
    assert.equal(await next, 10);
  });

  it("does not start what was aborted while it waited", async () => {
    const pool = open(1);
    const controller = new AbortController();
    const first = pool.run({ kind: "wait", milliseconds: 20 });
    const second = pool.run({ kind: "spin" }, controller.signal);
    controller.abort();
    await first;
    await assert.rejects(second, (error) => isDistillError(error, "CANCELLED"));
  });

  it("ends running and waiting jobs when it is closed", async () => {
    const pool = open(1);
    const jobs = [pool.run({ kind: "spin" }), pool.run({ kind: "spin" })];
    const settled = Promise.allSettled(jobs);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await pool.close();
    for (const outcome of await settled) {
      assert.ok(outcome.status === "rejected" && isDistillError(outcome.reason, "CANCELLED"));
    }
    await assert.rejects(pool.run({ kind: "double", value: 1 }), /closed/);
  });
});

describe("workerUrl", () => {
  it("is a source beside a source and a bundle beside a bundle", () => {
    assert.equal(
      workerUrl("file:///a/src/debian/deb.ts", "unpack-worker").href,
      "file:///a/src/debian/unpack-worker.ts",
    );
    assert.equal(workerUrl("file:///a/dist/compose.js", "unpack-worker").href, "file:///a/dist/unpack-worker.js");
  });
});
