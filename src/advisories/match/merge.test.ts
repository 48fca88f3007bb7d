import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { installed, osv, outcomeOf, record } from "../../../test/support/matching.ts";
import { bestNamesFirst, flawsOf } from "./same-flaw.ts";

test("the deciding verdict comes first, and all are kept", () => {
  const { matches } = outcomeOf({
    installed: installed("pypi", "a", "1.0"),
    feeds: {
      "osv-pypi": [
        osv("PyPI", "a", "A-1", { versions: ["0.9"] }, { aliases: ["CVE-2024-1000"], summary: "not this one" }),
        osv("PyPI", "a", "B-1", { ranges: [">=0 <1.1"] }, { aliases: ["CVE-2024-1000"], link: "https://b.example" }),
        osv("PyPI", "a", "C-1", { ranges: [">=0 <1.2"] }, { aliases: ["CVE-2024-1000"], summary: "this one" }),
      ],
    },
  });
  const [match] = matches;
  assert.equal(matches.length, 1);
  assert.deepEqual(
    match?.verdicts.map(({ entry }) => entry.record.id),
    ["C-1", "B-1", "A-1"],
  );
  assert.equal(match?.fixed, "1.2");
  assert.equal(match?.summary, "this one");
  assert.equal(match?.link, "https://b.example");
});

test("the order of the records does not matter", () => {
  const names = fc.uniqueArray(fc.constantFrom("CVE-2024-1000", "CVE-2024-1001", "GHSA-a", "GHSA-b", "P-1"), {
    maxLength: 2,
  });
  const range = fc.constantFrom(">=0 <0.5", ">=0 <1.1", ">=0 <1.2", ">=0", ">=2.0");
  const item = fc
    .tuple(fc.nat({ max: 5 }), names, range)
    .map(([id, aliases, each]) => osv("PyPI", "a", `R-${id}`, { ranges: [each] }, { aliases }));
  const key = (of: { entry: { record: { id: string; aliases: readonly string[] }; rule: object } }) =>
    JSON.stringify(of.entry.record);
  const property = fc.property(
    fc.uniqueArray(item, { selector: (each) => (each.kind === "entry" ? each.record.id : "") }),
    (items) => {
      const of = (all: typeof items) =>
        outcomeOf({ installed: installed("pypi", "a", "1.0"), feeds: { "osv-pypi": all } }).matches.map((match) => ({
          ...match,
          verdicts: match.verdicts.map(key),
        }));
      const there = of(items);
      assert.deepEqual(of(items.toReversed()), there);
      const all = there.flatMap(({ id, aliases }) => [id, ...aliases]);
      assert.equal(new Set(all).size, all.length, "a name is that of one flaw");
    },
  );
  fc.assert(property);
});

test("names that people know come first", () => {
  const names = [
    "PYSEC-2024-1",
    "X-1",
    "CVE-2024-10000",
    "GO-2024-1",
    "GHSA-a",
    "CVE-2024-9999",
    "DEBIAN-CVE-2024-9999",
  ];
  assert.deepEqual(bestNamesFirst(names), [
    ...["CVE-2024-9999", "CVE-2024-10000", "GHSA-a", "PYSEC-2024-1", "GO-2024-1", "DEBIAN-CVE-2024-9999", "X-1"],
  ]);
});

test("an advisory about several CVEs is as many flaws; a flaw with several CVEs is one", () => {
  const cves = ["CVE-2024-1000", "CVE-2024-1001"];
  assert.deepEqual(flawsOf(record("USN-1-1", { aliases: cves })), [["CVE-2024-1000"], ["CVE-2024-1001"]]);
  assert.deepEqual(flawsOf(record("GHSA-a", { aliases: cves })), [["GHSA-a", ...cves]]);
  assert.deepEqual(flawsOf(record("DSA-1-1", { aliases: ["CVE-2024-1000"] })), [["DSA-1-1", "CVE-2024-1000"]]);
  assert.deepEqual(flawsOf(record("DSA-1-1")), [["DSA-1-1"]]);
});
