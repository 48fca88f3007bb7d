import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeOsv } from "./judge-osv.ts";

const record = (branches: number, also: readonly { readonly introduced: string }[] = []) =>
  ({
    kind: "osv",
    ranges: [
      {
        type: "SEMVER",
        events: Array.from({ length: branches }, (_, at) => ({ introduced: `1.${at}.0`, fixed: `1.${at}.5` })),
      },
      { type: "SEMVER", events: also },
    ],
  }) as const;

test("the fix of a branch is found among those of many", () => {
  assert.equal(judgeOsv(record(40), "1.30.1", "npm").fixed, "1.30.5");
});

test("a record of thousands of fixes that fix nothing is judged in no time", { timeout: 20_000 }, () => {
  const start = performance.now();
  const { affected, fixed } = judgeOsv(record(2400, [{ introduced: "0" }]), "0.1.0", "npm");
  assert.deepEqual([affected, fixed], ["yes", undefined]);
  assert.ok(performance.now() - start < 2500, `${performance.now() - start} ms`);
});
