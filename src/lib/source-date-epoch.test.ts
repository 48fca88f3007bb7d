import assert from "node:assert/strict";
import { test } from "node:test";
import { isDistillError } from "./errors.ts";
import { sourceDateEpoch } from "./source-date-epoch.ts";

test("it is whole seconds, or 0 where it is not set", () => {
  assert.equal(sourceDateEpoch({}), 0);
  assert.equal(sourceDateEpoch({ SOURCE_DATE_EPOCH: "" }), 0);
  assert.equal(sourceDateEpoch({ SOURCE_DATE_EPOCH: "1700000000" }), 1_700_000_000);
  const latest = sourceDateEpoch({ SOURCE_DATE_EPOCH: "99999999999" });
  assert.ok(new Date(latest * 1000).toISOString());
});

test("anything else is refused and shown", () => {
  for (const text of ["-1", "1.5", "1e9", " 1", "0x10", "now", "1\n", "999999999999"]) {
    assert.throws(
      () => sourceDateEpoch({ SOURCE_DATE_EPOCH: text }),
      (error) => isDistillError(error, "USAGE") && error.message.includes(JSON.stringify(text)),
      text,
    );
  }
});
