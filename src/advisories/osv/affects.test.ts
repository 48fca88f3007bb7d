import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { PackageType } from "../../inventory/package.ts";
import { orderOf } from "../versions/order-of.ts";
import { type AffectedVersions, affects, type OsvEvent } from "./affects.ts";

const verdict = (of: AffectedVersions, version: string, type: PackageType = "npm") =>
  affects(of, version, orderOf(type));

const semver = (...events: readonly OsvEvent[]): AffectedVersions => ({ ranges: [{ type: "SEMVER", events }] });

/** The verdicts of several versions, as words. */
const words = (of: AffectedVersions, versions: readonly string[], type: PackageType = "npm") =>
  versions.map((version) => verdict(of, version, type).affected).join(" ");

test("introduced is inside, fixed is outside, and what decided is told", () => {
  const of = semver({ introduced: "1.0.0" }, { fixed: "1.5.0" }, { introduced: "2.0.0" }, { fixed: "2.1.0" });
  const inside = { kind: "in-range", range: 0, introduced: "1.0.0", fixed: "1.5.0", lastAffected: undefined };
  assert.deepEqual(verdict(of, "1.0.0"), { affected: "yes", because: inside });
  assert.deepEqual(verdict(of, "1.4.9"), { affected: "yes", because: inside });
  assert.deepEqual(verdict(of, "2.0.5"), {
    affected: "yes",
    because: { ...inside, introduced: "2.0.0", fixed: "2.1.0" },
  });
  const before = { kind: "before", range: 0, introduced: "1.0.0" };
  assert.deepEqual(verdict(of, "1.0.0-rc.1"), { affected: "no", because: [before] });
  assert.deepEqual(verdict(of, "1.5.0"), { affected: "no", because: [{ kind: "fixed", range: 0, fixed: "1.5.0" }] });
  assert.deepEqual(verdict(of, "2.1.0"), { affected: "no", because: [{ kind: "fixed", range: 0, fixed: "2.1.0" }] });
});

test("events count by their versions, whatever their order in the record", () => {
  const of = semver({ fixed: "2.1.0" }, { introduced: "2.0.0" }, { fixed: "1.5.0" }, { introduced: "1.0.0" });
  assert.equal(words(of, ["0.9.0", "1.0.0", "1.5.0", "2.0.0", "2.1.0"]), "no yes no yes no");
});

test("last_affected is inside, and what follows it is not", () => {
  const of = semver({ introduced: "1.0.0" }, { last_affected: "1.5.0" });
  const because = { kind: "in-range", range: 0, introduced: "1.0.0", fixed: undefined, lastAffected: "1.5.0" };
  assert.deepEqual(verdict(of, "1.5.0"), { affected: "yes", because });
  assert.deepEqual(verdict(of, "1.5.1-0"), {
    affected: "no",
    because: [{ kind: "after", range: 0, lastAffected: "1.5.0" }],
  });
  const one = semver({ introduced: "1.0.0" }, { last_affected: "1.0.0" });
  assert.equal(words(one, ["0.9.9", "1.0.0", "1.0.1"]), "no yes no");
});

test("introduced 0 is before every version, pre-releases and those of other orders included", () => {
  const of = semver({ introduced: "0" }, { fixed: "1.0.0" });
  assert.equal(words(of, ["0.0.0-alpha", "0", "0.9.9", "1.0.0"]), "yes yes yes no");
  assert.equal(words(of, ["0~~", "0.9"], "deb"), "yes yes");
  assert.equal(words(of, ["0.dev1", "1.0rc1", "1.0"], "pypi"), "yes yes no");
});

test("introduced 0 and fixed 0 is a package that never was affected", () => {
  const never = { affected: "no", because: [{ kind: "fixed", range: 0, fixed: "0" }] };
  assert.deepEqual(verdict(semver({ introduced: "0" }, { fixed: "0" }), "1.0.0"), never);
});

test("a range that nothing ends lasts", () => {
  assert.deepEqual(verdict(semver({ introduced: "0" }), "99.0.0"), {
    affected: "yes",
    because: { kind: "in-range", range: 0, introduced: "0", fixed: undefined, lastAffected: undefined },
  });
});

test("a range that ends and begins with the same version goes on; one that begins and ends with it is empty", () => {
  const goesOn = semver({ introduced: "1.0.0" }, { fixed: "1.5.0" }, { introduced: "1.5.0" }, { fixed: "1.8.0" });
  assert.equal(words(goesOn, ["1.4.0", "1.5.0", "1.8.0"]), "yes yes no");
  assert.equal(words(semver({ introduced: "1.5.0" }, { fixed: "1.5.0" }), ["1.4.0", "1.5.0", "1.6.0"]), "no no no");
});

test("without an introduction nothing is affected", () => {
  const empty = { affected: "no", because: [{ kind: "empty", range: 0 }] };
  assert.deepEqual(verdict(semver({ fixed: "2.0.0" }), "1.0.0"), empty);
  assert.deepEqual(verdict(semver(), "1.0.0"), empty);
});

test("a version is before the limits if it is before one of them", () => {
  const of = semver({ introduced: "1.0.0" }, { limit: "3.0.0" }, { limit: "2.0.0" });
  assert.equal(words(of, ["0.9.0", "1.0.0", "2.5.0", "3.0.0"]), "no yes yes no");
  assert.deepEqual(verdict(of, "3.0.0"), {
    affected: "no",
    because: [{ kind: "over-limit", range: 0, limit: "3.0.0" }],
  });
  assert.equal(words(semver({ introduced: "1.0.0" }, { limit: "2.0.0" }, { limit: "*" }), ["5.0.0"]), "yes");
});

test("one range is enough, and it is named; if none has the version, each says why", () => {
  const ranges = [
    { type: "ECOSYSTEM", events: [{ introduced: "1.0" }, { fixed: "1.2" }] },
    { type: "GIT", events: [{ introduced: "0" }] },
    { type: "ECOSYSTEM", events: [{ introduced: "2.0" }, { last_affected: "2.2" }] },
  ];
  assert.deepEqual(verdict({ ranges }, "2.1", "pypi"), {
    affected: "yes",
    because: { kind: "in-range", range: 2, introduced: "2.0", fixed: undefined, lastAffected: "2.2" },
  });
  assert.deepEqual(verdict({ ranges }, "1.3", "pypi"), {
    affected: "no",
    because: [
      { kind: "fixed", range: 0, fixed: "1.2" },
      { kind: "before", range: 2, introduced: "2.0" },
    ],
  });
});

test("a listed version is affected outside of every range, in any spelling that is equal", () => {
  const of = {
    versions: ["0.1", "3.0.0"],
    ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "1" }, { fixed: "2" }] }],
  };
  assert.deepEqual(verdict(of, "3.0.0", "pypi"), { affected: "yes", because: { kind: "listed", version: "3.0.0" } });
  assert.deepEqual(verdict(of, "3.0", "pypi"), { affected: "yes", because: { kind: "listed", version: "3.0.0" } });
  assert.equal(words(of, ["0.1", "0.2", "1.5"], "pypi"), "yes no yes");
});

test("of a version that is listed and in a range, the range is told", () => {
  const of = { versions: ["1.5"], ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "1" }, { fixed: "2" }] }] };
  assert.deepEqual(verdict(of, "1.5", "pypi"), {
    affected: "yes",
    because: { kind: "in-range", range: 0, introduced: "1", fixed: "2", lastAffected: undefined },
  });
});

test("a listed version is found in every spelling of every ecosystem", () => {
  const pieces = [
    "0",
    "1",
    "2",
    "10",
    ".",
    ".0",
    "-0",
    "-1",
    "a",
    "alpha",
    "rc",
    "-rc.1",
    ".post",
    "-ga",
    "+5",
    "v",
    "0:",
    "0!",
  ];
  const text = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 5 }).map((each) => each.join(""));
  const type = fc.constantFrom(...(["deb", "apk", "rpm", "pypi", "npm", "golang", "maven", "gem"] as const));
  const property = fc.property(text, text, type, (a, b, of) => {
    if (orderOf(of)?.compare(a, b) === 0)
      assert.equal(verdict({ versions: [a] }, b, of).affected, "yes", `${a} ${b} ${of}`);
  });
  fc.assert(property, { numRuns: 20_000 });
});

test("a record that only lists versions decides by them", () => {
  const of = { versions: ["1.0.0", "1.0.1"] };
  assert.deepEqual(verdict(of, "1.0.2"), { affected: "no", because: [{ kind: "not-listed" }] });
  assert.equal(verdict(of, "1.0.1").affected, "yes");
  assert.equal(verdict({ ...of, ranges: [{ type: "GIT", events: [{ introduced: "0" }] }] }, "1.0.2").affected, "no");
});

test("what is no version is affected if it is listed, not if others are, and unknown without a list", () => {
  const ranges = [{ type: "ECOSYSTEM", events: [{ introduced: "0" }, { fixed: "1.0" }] }];
  const of = { versions: ["0.8.1p1", "0.9"], ranges };
  assert.equal(words(of, ["0.8.1p1", "0.8.1p2"], "pypi"), "yes no");
  assert.deepEqual(verdict({ ranges }, "0.8.1p1", "pypi"), {
    affected: "unknown",
    because: { kind: "no-version", text: "0.8.1p1" },
  });
  assert.deepEqual(verdict(semver({ introduced: "0" }), "(devel)", "golang"), {
    affected: "unknown",
    because: { kind: "no-version", text: "(devel)" },
  });
  assert.equal(verdict(semver({ introduced: "0" }), "").affected, "unknown");
});

test("an event without a place makes its range unknown, but no other", () => {
  const strange = { type: "ECOSYSTEM", events: [{ introduced: "0" }, { fixed: "3.0.3-NA" }] };
  const sound = { type: "ECOSYSTEM", events: [{ introduced: "2.0" }] };
  assert.deepEqual(verdict({ ranges: [strange] }, "1.0", "pypi"), {
    affected: "unknown",
    because: { kind: "no-version", text: "3.0.3-NA" },
  });
  assert.equal(words({ ranges: [strange, sound] }, ["1.0", "2.0"], "pypi"), "unknown yes");
  assert.equal(words({ ranges: [strange], versions: ["1.1"] }, ["1.0", "1.1"], "pypi"), "no yes");
});

test("commits and empty records say nothing", () => {
  const nothing = { affected: "unknown", because: { kind: "no-versions" } };
  assert.deepEqual(verdict({}, "1.0.0"), nothing);
  assert.deepEqual(verdict({ ranges: [{ type: "GIT", events: [{ introduced: "0" }] }] }, "1.0.0"), nothing);
});

test("packages without an order are affected if they are listed", () => {
  const of = { versions: ["1.0"], ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "0" }] }] };
  assert.equal(words(of, ["1.0", "1.1"], "generic"), "yes no");
  assert.deepEqual(verdict({ ranges: of.ranges }, "1.0", "generic"), {
    affected: "unknown",
    because: { kind: "no-order" },
  });
});

test("an event with several keys stands for several events", () => {
  assert.equal(words(semver({ introduced: "1.0.0", fixed: "2.0.0" }), ["0.9.0", "1.0.0", "2.0.0"]), "no yes no");
});

test("agrees with the pseudocode of the specification on any events", () => {
  const place = fc.integer({ min: 0, max: 6 });
  const event = fc.oneof(
    ...(["introduced", "fixed", "last_affected", "limit"] as const).map((kind) =>
      place.map((at): OsvEvent => ({ [kind]: at === 0 ? "0" : `${at}.0.0` })),
    ),
  );
  const versions = fc.integer({ min: 0, max: 13 });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 6 }), versions, (events, half) => {
      const version = half % 2 === 0 ? `${half / 2}.0.0` : `${(half - 1) / 2}.5.0`;
      const expected = isVulnerable(half / 2, events) ? "yes" : "no";
      assert.equal(verdict(semver(...events), version).affected, expected);
    }),
    { numRuns: 2000 },
  );
});

/** The schema's IncludedInRanges and BeforeLimits, over numbers; halves stand for versions between those of events. */
function isVulnerable(version: number, events: readonly OsvEvent[]): boolean {
  const number = (text: string) => (text === "0" ? Number.NEGATIVE_INFINITY : Number.parseInt(text, 10));
  const limits = events.flatMap(({ limit }) => (limit === undefined ? [] : [Number.parseInt(limit, 10)]));
  if (limits.length > 0 && !limits.some((limit) => version < limit)) return false;
  const at = ({ introduced, fixed, last_affected }: OsvEvent) => number(introduced ?? fixed ?? last_affected ?? "0");
  let vulnerable = false;
  for (const event of events
    .filter(({ limit }) => limit === undefined)
    .toSorted((a, b) => Math.sign(at(a) - at(b)) || 0)) {
    if (event.introduced !== undefined && version >= at(event)) vulnerable = true;
    if (event.fixed !== undefined && version >= at(event)) vulnerable = false;
    if (event.last_affected !== undefined && version > at(event)) vulnerable = false;
  }
  return vulnerable;
}
