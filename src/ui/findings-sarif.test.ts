import assert from "node:assert/strict";
import { test } from "node:test";
import type { ShownChecks } from "./findings.ts";
import { findingsSarif } from "./findings-sarif.ts";

const RULES = ["Other", "distill/UnpinnedBase"].map((name) => ({
  ...{ name, description: "d", page: "p", url: name === "Other" ? undefined : "https://example.org/a" },
}));
const FINDING = {
  ...{ rule: "distill/UnpinnedBase", detail: "new", excerpt: "" },
  ...{ start: { line: 3, column: 6 }, end: { line: 4, column: 1 } },
};
const CHECKS: ShownChecks = {
  ...{ file: "a dir/100%#1/Dockerfile", findings: [FINDING], failure: undefined, error: false, notes: [] },
};

function runOf(checks: ShownChecks) {
  return JSON.parse(findingsSarif(checks, RULES, "1.2.3")).runs[0];
}

test("SARIF names the rules that found something, and where", () => {
  const { tool, results, invocations } = runOf(CHECKS);
  assert.deepEqual(
    tool.driver.rules.map(({ id, helpUri }: { id: string; helpUri: string }) => [id, helpUri]),
    [[FINDING.rule, "https://example.org/a"]],
  );
  const [{ ruleIndex, level, locations }] = results;
  assert.deepEqual([ruleIndex, level], [0, "warning"]);
  assert.deepEqual(locations[0].physicalLocation, {
    artifactLocation: { uri: "a%20dir/100%25%231/Dockerfile" },
    region: { startLine: 3, startColumn: 6, endLine: 4, endColumn: 1 },
  });
  assert.deepEqual(invocations, [{ executionSuccessful: true }]);
});

test("findings that fail the build are errors", () => {
  assert.equal(runOf({ ...CHECKS, error: true }).results[0].level, "error");
});

test("what keeps the file from being used is a notification, and the run no success", () => {
  const failure = { message: "no instruction", place: { line: 9, column: 1 } };
  const [invocation] = runOf({ ...CHECKS, failure }).invocations;
  assert.equal(invocation.executionSuccessful, false);
  const [{ message, locations }] = invocation.toolExecutionNotifications;
  assert.deepEqual([message.text, locations[0].physicalLocation.region.startLine], ["no instruction", 9]);
});
