import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { describe, it } from "node:test";
import { workerCount } from "./count.ts";

describe("workerCount", () => {
  it("is that of the processors, up to a bound", () => {
    assert.equal(workerCount(1, {}), 1);
    assert.equal(workerCount(1000, { DISTILL_WORKERS: "" }), Math.min(1000, availableParallelism()));
  });

  it("is what DISTILL_WORKERS says, whatever the bound", () => {
    assert.equal(workerCount(2, { DISTILL_WORKERS: "9" }), 9);
    for (const wish of ["0", "65", "-1", "two", "1.5"]) {
      assert.throws(() => workerCount(2, { DISTILL_WORKERS: wish }), { code: "USAGE" }, wish);
    }
  });
});
