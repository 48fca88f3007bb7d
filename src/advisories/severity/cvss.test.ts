import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cvss2Score } from "./cvss2.ts";
import { cvss3Score } from "./cvss3.ts";
import { cvss4Score } from "./cvss4.ts";

/** Vectors whose scores FIRST publishes: the guide to v2, the examples of v3.1 and v4.0, and what NVD has for known CVEs. */
const SCORES: readonly (readonly [score: (vector: string) => number | undefined, vector: string, expected: number])[] =
  [
    [cvss2Score, "AV:N/AC:L/Au:N/C:N/I:N/A:C", 7.8],
    [cvss2Score, "AV:N/AC:L/Au:N/C:C/I:C/A:C", 10],
    [cvss2Score, "AV:L/AC:H/Au:N/C:C/I:C/A:C", 6.2],
    [cvss2Score, "(AV:N/AC:M/Au:N/C:N/I:P/A:N)", 4.3],
    [cvss2Score, "AV:N/AC:L/Au:N/C:N/I:N/A:N", 0],
    [cvss2Score, "AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C", 10],
    [cvss3Score, "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1],
    [cvss3Score, "CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4],
    [cvss3Score, "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1],
    [cvss3Score, "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 9.9],
    [cvss3Score, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10],
    [cvss3Score, "CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:C/C:H/I:H/A:N", 7.5],
    [cvss3Score, "CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0],
    [cvss3Score, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O/RC:U", 9.8],
    [cvss4Score, "CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.3],
    [cvss4Score, "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.7],
    [cvss4Score, "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U", 5.2],
    [cvss4Score, "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N", 8.3],
    [
      cvss4Score,
      "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N/CR:H/IR:L/AR:L/MAV:N/MAC:H/MVC:H/MVI:L/MVA:L",
      8.1,
    ],
    [cvss4Score, "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 10],
    [cvss4Score, "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0],
    [cvss4Score, "CVSS:4.0/AV:L/AC:H/AT:N/PR:N/UI:A/VC:L/VI:H/VA:N/SC:N/SI:N/SA:N", 5.7],
  ];

test("scores are those of the specifications", () => {
  for (const [score, vector, expected] of SCORES) assert.equal(score(vector), expected, vector);
});

test("metrics may stand in any order", () => {
  assert.equal(cvss3Score("CVSS:3.1/A:H/I:H/C:H/S:U/UI:N/PR:N/AC:L/AV:N"), 9.8);
});

test("what is no vector has no score", () => {
  const whole = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
  const broken = [
    ...["", "CVSS:3.1/", "9.8", whole.slice(9), whole.replace("3.1", "3.2"), whole.slice(0, -4), `${whole}/`],
    ...[
      `${whole}/AV:N`,
      `${whole}/X:Y`,
      `${whole}/E`,
      `${whole}/E:Z`,
      `${whole}/__proto__:N`,
      `${whole}/constructor:N`,
    ],
    ...[whole.toLowerCase(), whole.replace("AV:N", "AV:"), whole.replace("AV:N", "AV:N:N"), ` ${whole}`, `${whole}\n`],
  ];
  for (const vector of broken) assert.equal(cvss3Score(vector), undefined, vector);
  assert.equal(cvss4Score(whole), undefined);
  assert.equal(cvss4Score("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:S/SI:H/SA:H"), undefined);
  assert.equal(cvss2Score(whole), undefined);
  assert.equal(cvss2Score("AV:N/AC:L/Au:N/C:C/I:C"), undefined);
});

const V3 = { AV: "PLAN", AC: "HL", PR: "HLN", UI: "RN", S: "UC", C: "NLH", I: "NLH", A: "NLH" };
const V4 = {
  ...{ AV: "PLAN", AC: "HL", AT: "PN", PR: "HLN", UI: "APN", VC: "NLH", VI: "NLH", VA: "NLH" },
  ...{ SC: "NLH", SI: "NLH", SA: "NLH" },
};

for (const [name, prefix, metrics, score] of [
  ["v3.1", "CVSS:3.1", V3, cvss3Score],
  ["v4.0", "CVSS:4.0", V4, cvss4Score],
] as const) {
  test(`${name}: a score is from 0 to 10 with one decimal, and no worse metric makes it lower`, () => {
    const entries = Object.entries(metrics);
    const levels = fc.tuple(...entries.map(([, values]) => fc.nat({ max: values.length - 1 })));
    const vector = (of: readonly number[]) =>
      [prefix, ...entries.map(([metric, values], index) => `${metric}:${values[of[index] ?? 0]}`)].join("/");
    fc.assert(
      fc.property(levels, fc.nat({ max: entries.length - 1 }), (of, index) => {
        const lower = score(vector(of)) ?? Number.NaN;
        assert.ok(lower >= 0 && lower <= 10 && Math.round(lower * 10) / 10 === lower);
        const [, values = ""] = entries[index] ?? [];
        const worse = of.with(index, Math.min((of[index] ?? 0) + 1, values.length - 1));
        assert.ok((score(vector(worse)) ?? Number.NaN) >= lower, `${vector(of)} ${vector(worse)}`);
      }),
      { numRuns: 3000 },
    );
  });
}

test("any text is answered in no time", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string().map((each) => `CVSS:4.0/${each}`),
  );
  fc.assert(
    fc.property(text, (each) => {
      for (const score of [cvss2Score, cvss3Score, cvss4Score]) assert.equal(score(each), undefined);
    }),
  );
  const started = performance.now();
  for (const score of [cvss2Score, cvss3Score, cvss4Score]) score(`CVSS:4.0/${"AV:N/".repeat(100_000)}`);
  assert.ok(performance.now() - started < 2000);
});
