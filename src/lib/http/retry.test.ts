import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULT_HTTP_POLICY, isTransientError, isTransientStatus, retryDelay } from "./retry.ts";

const POLICY = { ...DEFAULT_HTTP_POLICY, attempts: 4, firstDelay: 100, maxDelay: 300, maxRetryAfter: 5000 };

describe("retryDelay", () => {
  it("doubles up to the longest delay, then gives up", () => {
    const delays = [1, 2, 3, 4].map((failures) => retryDelay(POLICY, failures, undefined, () => 0));
    assert.deepEqual(delays, [100, 200, 300, undefined]);
  });

  it("takes off up to a half at random", () => {
    assert.equal(
      retryDelay(POLICY, 1, undefined, () => 1),
      50,
    );
  });

  it("obeys Retry-After in seconds and as a date, within the bound", () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    assert.equal(
      retryDelay(POLICY, 1, "2", () => 0, now),
      2000,
    );
    assert.equal(
      retryDelay(POLICY, 1, "Thu, 01 Jan 2026 00:00:03 GMT", () => 0, now),
      3000,
    );
    assert.equal(
      retryDelay(POLICY, 1, "6", () => 0, now),
      undefined,
    );
    assert.equal(
      retryDelay(POLICY, 1, "soon", () => 0, now),
      100,
    );
  });
});

describe("transient failures", () => {
  it("are found in an error's cause", () => {
    const reset = Object.assign(new Error("reset"), { code: "ECONNRESET" });
    assert.ok(isTransientError(new Error("outer", { cause: reset })));
    assert.ok(!isTransientError(new Error("outer")));
    assert.ok(!isTransientError(Object.assign(new Error("refused"), { code: "ECONNREFUSED" })));
  });

  it("are 408, 429 and those of 5xx that can pass", () => {
    const statuses = [200, 304, 400, 401, 404, 408, 429, 500, 501, 502, 503, 504];
    assert.deepEqual(statuses.filter(isTransientStatus), [408, 429, 500, 502, 503, 504]);
  });
});
