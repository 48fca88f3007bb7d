import assert from "node:assert/strict";
import { test } from "node:test";
import type { SeverityClaim } from "../advisory.ts";
import { gradeOf, severityOfLabel } from "./grade.ts";
import { rate } from "./rate.ts";

const HIGH = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H";
const V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";

const claim = (source: string, type: SeverityClaim["type"], value: string): SeverityClaim => ({ source, type, value });

test("words of all databases are read, whatever their case", () => {
  const words = ["MODERATE", "Medium", "important", "CRITICAL ", "none", "negligible", "low"];
  assert.deepEqual(words.map(severityOfLabel), [
    ...["medium", "medium", "high", "critical", "negligible", "negligible", "low"],
  ]);
  for (const word of ["untriaged", "unknown", "", "constructor", "not yet assigned"]) {
    assert.equal(severityOfLabel(word), undefined, word);
  }
});

test("a score comes to a severity by the scale of its version", () => {
  const severity = (type: SeverityClaim["type"], value: string) => gradeOf(claim("NVD", type, value))?.severity;
  assert.equal(severity("CVSS_V2", "AV:N/AC:L/Au:N/C:C/I:C/A:C"), "high");
  assert.equal(severity("CVSS_V3", HIGH), "high");
  assert.equal(severity("CVSS_V4", V4), "critical");
  assert.equal(severity("CVSS_V3", V4), undefined);
});

test("the first who says something that is understood is told", () => {
  assert.deepEqual(
    rate([claim("A", "CVSS_V3", "nonsense"), claim("B", "label", "who knows"), claim("C", "CVSS_V3", HIGH)]),
    {
      ...{ severity: "high", source: "C", vector: HIGH, score: 7.5 },
    },
  );
  assert.deepEqual(rate([]), { severity: "unknown", source: undefined, vector: undefined, score: undefined });
});

test("a word without a vector is told with the next source's", () => {
  assert.deepEqual(rate([claim("Ubuntu", "label", "low"), claim("NVD", "CVSS_V3", HIGH)]), {
    ...{ severity: "low", source: "Ubuntu", vector: HIGH, score: 7.5 },
  });
});

test("of vectors of one source the newest counts, unless the source's word is another's", () => {
  const both = [claim("GHSA", "CVSS_V3", HIGH), claim("GHSA", "CVSS_V4", V4)];
  assert.equal(rate(both).vector, V4);
  assert.equal(rate([...both, claim("GHSA", "label", "HIGH")]).vector, HIGH);
});
