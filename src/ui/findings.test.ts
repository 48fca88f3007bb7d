import assert from "node:assert/strict";
import { test } from "node:test";
import { findingsGithub, findingsText, type ShownChecks } from "./findings.ts";

const FINDING = {
  ...{ rule: "distill/UnpinnedBase", detail: "x is 100% new:\nreally" },
  ...{ start: { line: 3, column: 6 }, end: { line: 3, column: 7 } },
  excerpt: "  3 | FROM x\n    |      ^",
};
const CHECKS: ShownChecks = { file: "Dockerfile", findings: [], failure: undefined, error: false, notes: [] };
const FAILURE = { message: "there is no instruction, so: nothing", place: { line: 4, column: 2 } };

test("findings for people name place, rule and what is wrong, show the line and count", () => {
  const text = findingsText({ ...CHECKS, findings: [FINDING, FINDING], notes: ["x is not known"] });
  assert.match(
    text,
    /^Dockerfile:3:6: distill\/UnpinnedBase: x is 100% new:\nreally\n {2}3 \| FROM x\n {4}\| {6}\^\n\n/,
  );
  assert.match(text, /\n\n2 findings in Dockerfile \(docs\/checks\.md\)\nx is not known\n$/);
  assert.equal(findingsText(CHECKS), "Dockerfile: nothing found\n");
});

test("with a failure, which is told elsewhere, nobody reads that nothing was found", () => {
  assert.equal(findingsText({ ...CHECKS, failure: FAILURE }), "");
  assert.match(findingsText({ ...CHECKS, findings: [FINDING], failure: FAILURE }), /1 finding in Dockerfile, up to /);
});

test("annotations of a workflow escape what would end them", () => {
  assert.equal(
    findingsGithub({ ...CHECKS, file: "a,b:c/Dockerfile", findings: [FINDING] }),
    "::warning file=a%2Cb%3Ac/Dockerfile,line=3,endLine=3,col=6,endColumn=7,title=distill/UnpinnedBase::x is 100%25 new:%0Areally\n",
  );
});

test("annotations have columns on one line only, and control characters of nobody", () => {
  const finding = { ...FINDING, detail: "\x1b[2J", end: { line: 5, column: 1 } };
  assert.equal(
    findingsGithub({ ...CHECKS, findings: [finding], error: true, failure: FAILURE }),
    "::error file=Dockerfile,line=3,endLine=5,title=distill/UnpinnedBase::\\x1b[2J\n" +
      "::error file=Dockerfile,line=4,col=2::there is no instruction, so: nothing\n",
  );
});
