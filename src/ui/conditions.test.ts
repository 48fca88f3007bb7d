import assert from "node:assert/strict";
import { test } from "node:test";
import { assessed, comparisonOf, comparedFinding as flaw, outcomesOf } from "../../test/support/comparisons.ts";
import type { ImageFacts } from "../compare/image-facts.ts";
import { conditionLines } from "./conditions.ts";

async function lines(text: string, a: Partial<ImageFacts>, b: Partial<ImageFacts>): Promise<readonly string[]> {
  const comparison = await comparisonOf(a, b);
  return conditionLines(outcomesOf(text, comparison), comparison);
}

test("each condition that is met is told with its numbers", async () => {
  const a = { sizes: { compressed: 10_000_000, uncompressed: 1 }, files: { count: 0, bytes: 0 } };
  const b = { sizes: { compressed: 10_625_000, uncompressed: 1 }, files: { count: 4, bytes: 0 } };
  assert.deepEqual(await lines("size.compressed > +5%, files > 3, layers == 2, packages > 0", a, b), [
    '"size.compressed > +5%" is met: B has 10.6 MB (10625000), A 10.0 MB (10000000), which is +6.25%',
    '"files > 3" is met: B has 4, A 0',
    '"layers == 2" is met: B has 2, A 2, the same',
  ]);
});

test("what cannot be answered says why", async () => {
  const unassessed = { status: "unassessed", reason: "no advisory data" } as const;
  assert.deepEqual(await lines("cves.high > 0", {}, { vulnerabilities: unassessed }), [
    '"cves.high > 0" cannot be answered, which counts as met: B is unassessed: no advisory data',
  ]);
});

test("findings are told with their level, and once what is not among them", async () => {
  const vulnerabilities = assessed({
    packages: { full: 3, fixesOnly: 4, none: 2 },
    findings: [flaw("1", "x", { severity: "high" }), flaw("2", "y", { level: "fixes-only" })],
    weak: [{ kind: "deb", name: "y", version: "1", level: "fixes-only", reason: "" }],
  });
  assert.deepEqual(await lines("cves.high > 0, cves.critical > 0", {}, { vulnerabilities }), [
    '"cves.high > 0" is met: B has 1 (known vulnerabilities), A is unassessed',
    "of 4 of the 9 packages of B, missed fixes alone are counted: open flaws are unknown, only Debian's archive could be asked",
    '2 of the 9 packages of B could not be looked at ("unassessed > 0" is met by that)',
    '1 finding of B has no severity ("cves.unknown > 0" is met by that)',
  ]);
  assert.equal((await lines("files > 0", {}, { vulnerabilities })).length, 0);
  const whole = assessed({ packages: { full: 3 } });
  assert.deepEqual(await lines("cves > 0", {}, { vulnerabilities: whole }), []);
});
