import assert from "node:assert/strict";
import { test } from "node:test";
import { findingsGithub, findingsSarif, findingsText } from "./findings.ts";

const FINDING = {
  ...{ rule: "distill/UnpinnedBase", detail: "x is 100% new:\nreally", file: "a,b:c/Dockerfile", line: 3, lastLine: 4 },
  excerpt: "  3 | FROM x",
};

test("findings for people name file, line, rule and what is wrong, show the line and count", () => {
  const text = findingsText([FINDING, FINDING], "Dockerfile");
  assert.match(text, /^Dockerfile:3: distill\/UnpinnedBase: x is 100% new:/);
  assert.match(text, / {2}3 \| FROM x\n/);
  assert.match(text, /2 findings \(docs\/checks\.md\)\n$/);
  assert.equal(findingsText([], "Dockerfile"), "Dockerfile: nothing found\n");
});

test("annotations of a workflow escape what would end them", () => {
  assert.equal(
    findingsGithub([FINDING]),
    "::warning file=a%2Cb%3Ac/Dockerfile,line=3,endLine=4,title=distill/UnpinnedBase::x is 100%25 new:%0Areally\n",
  );
});

test("SARIF names the rules that found something, and where", () => {
  const rules = ["Other", FINDING.rule].map((name) => ({ name, description: "d", page: "p" }));
  const [run] = JSON.parse(findingsSarif([FINDING], rules, "1")).runs;
  assert.deepEqual(
    run.tool.driver.rules.map(({ id }: { id: string }) => id),
    [FINDING.rule],
  );
  assert.equal(run.results[0].ruleIndex, 0);
  assert.deepEqual(run.results[0].locations[0].physicalLocation.region, { startLine: 3, endLine: 4 });
});
