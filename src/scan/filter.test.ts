import assert from "node:assert/strict";
import { test } from "node:test";
import { finding } from "../../test/support/scan-reports.ts";
import { isDistillError } from "../lib/errors.ts";
import { filterFindings, parseSeverities } from "./filter.ts";

test("one severity is that and worse, several are just those", () => {
  assert.deepEqual([...parseSeverities("high")], ["high", "critical"]);
  assert.deepEqual([...parseSeverities("low,high")], ["low", "high"]);
  assert.deepEqual([...parseSeverities("unknown")].length, 6);
  assert.throws(
    () => parseSeverities("severe"),
    (error) => isDistillError(error, "USAGE"),
  );
});

test("what is not shown is counted", () => {
  const findings = [finding("a", "high"), finding("b", "low"), finding("c", "unknown", { fixed: undefined })];
  const ids = (severities: string | undefined, onlyFixed = false) => {
    const filter = { onlyFixed, severities: severities === undefined ? undefined : parseSeverities(severities) };
    const { shown, hidden } = filterFindings(findings, filter);
    return [shown.map(({ id }) => id).join(""), hidden];
  };
  assert.deepEqual(ids(undefined), ["abc", 0]);
  assert.deepEqual(ids("medium"), ["a", 2]);
  assert.deepEqual(ids("low,unknown"), ["bc", 1]);
  assert.deepEqual(ids(undefined, true), ["ab", 1]);
  assert.deepEqual(ids("unknown", true), ["ab", 1]);
});
