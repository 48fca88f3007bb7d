import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyText } from "../../../test/support/any-text.ts";
import { isDistillError } from "../../lib/errors.ts";
import type { OsvRule } from "../advisory.ts";
import type { FeedItem } from "../feeds/item.ts";
import { type AffectedVersions, affects } from "../osv/affects.ts";
import { orderOf } from "../versions/order-of.ts";
import { readOsvRecord } from "./osv.ts";

type Entry = Extract<FeedItem, { kind: "entry" }>;

const bytesOf = (record: unknown) => Buffer.from(JSON.stringify(record));

function entriesOf(record: unknown): readonly Entry[] {
  return readOsvRecord(bytesOf(record), "a record").map((item) => {
    assert.equal(item.kind, "entry");
    return item as Entry;
  });
}

const flask = { ecosystem: "PyPI", name: "Flask" };
const from0 = { type: "ECOSYSTEM", events: [{ introduced: "0" }, { fixed: "2.0" }] };
const minimal = { id: "PYSEC-2023-1", affected: [{ package: flask, ranges: [from0] }] };

const recordOf = (more: object) => {
  const [entry] = entriesOf({ ...minimal, ...more });
  assert.ok(entry !== undefined);
  return entry.record;
};

test("a record becomes an entry for each package, with what is known of the flaw", () => {
  const record = {
    schema_version: "1.7.3",
    id: "GHSA-2226-4v3c-cff8",
    published: "2022-06-17T00:18:24Z",
    modified: "2023-11-08T04:13:48.926151Z",
    aliases: ["CVE-2022-1", "PYSEC-2022-1"],
    related: ["CVE-2021-9"],
    summary: "It reads\nany file",
    details: "### Impact\nMuch.",
    severity: [{ type: "CVSS_V3", score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }],
    affected: [
      { package: flask, ranges: [{ ...from0, database_specific: { a: 1 } }], versions: ["1.0", "1.1"] },
      { package: { ecosystem: "npm", name: "Flask" }, ranges: [{ type: "SEMVER", events: [{ introduced: "1.0.0" }] }] },
    ],
    references: [{ type: "WEB", url: "https://example.org" }],
    database_specific: { severity: "HIGH", cwe_ids: [] },
    brand_new: { field: [] },
  };
  const known = {
    id: "GHSA-2226-4v3c-cff8",
    aliases: ["CVE-2022-1", "PYSEC-2022-1"],
    summary: "It reads any file",
    severities: [
      { source: "GHSA", type: "CVSS_V3", value: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" },
      { source: "GHSA", type: "label", value: "HIGH" },
    ],
    published: "2022-06-17T00:18:24Z",
    modified: "2023-11-08T04:13:48.926151Z",
    withdrawn: undefined,
    link: "https://osv.dev/vulnerability/GHSA-2226-4v3c-cff8",
  };
  assert.deepEqual(entriesOf(record), [
    {
      kind: "entry",
      ecosystem: "PyPI",
      name: "flask",
      record: known,
      rule: { kind: "osv", versions: ["1.0", "1.1"], ranges: [from0] },
    },
    {
      kind: "entry",
      ecosystem: "npm",
      name: "Flask",
      record: known,
      rule: { kind: "osv", ranges: [{ type: "SEMVER", events: [{ introduced: "1.0.0" }] }] },
    },
  ]);
});

test("a malicious package is an entry like any other", () => {
  const malicious = {
    id: "MAL-2024-1234",
    summary: "Malicious code in evil (npm)",
    affected: [
      { package: { ecosystem: "npm", name: "evil" }, versions: ["1.0.0", "1.0.1"] },
      { package: { ecosystem: "npm", name: "worse" }, ranges: [{ type: "SEMVER", events: [{ introduced: "0" }] }] },
    ],
    database_specific: { "malicious-packages-origins": [] },
  };
  assert.deepEqual(
    entriesOf(malicious).map(({ name, rule }) => [name, rule]),
    [
      ["evil", { kind: "osv", versions: ["1.0.0", "1.0.1"] }],
      ["worse", { kind: "osv", ranges: [{ type: "SEMVER", events: [{ introduced: "0" }] }] }],
    ],
  );
});

test("upstream is another name of what a distribution calls by a name of its own, and nothing elsewhere", () => {
  const aliases = (id: string) => recordOf({ id, aliases: ["A-1"], upstream: ["CVE-2024-1", id] }).aliases;
  for (const id of ["DEBIAN-CVE-2024-1", "UBUNTU-CVE-2024-1", "ALPINE-CVE-2024-1", "USN-1-1", "LSN-1", "DSA-1-1"]) {
    assert.deepEqual(aliases(id), ["A-1", "CVE-2024-1"], id);
  }
  assert.deepEqual(aliases("GHSA-2226-4v3c-cff8"), ["A-1"]);
  const notice = recordOf({ id: "USN-7548-1", upstream: ["UBUNTU-CVE-2023-52969", "UBUNTU-CVE-2025-30693"] });
  assert.deepEqual(notice.aliases, ["CVE-2023-52969", "CVE-2025-30693"]);
  assert.deepEqual(recordOf({ id: "ALPINE-CVE-2025-15468" }).aliases, ["CVE-2025-15468"]);
  assert.deepEqual(recordOf({ related: ["CVE-2024-1"] }).aliases, []);
});

test("who says how bad it is, is who made the record", () => {
  const severity = [{ type: "CVSS_V4", score: "CVSS:4.0/AV:N" }];
  const sources = [
    "PYSEC-1",
    "GHSA-1",
    "GO-1",
    "RUSTSEC-1",
    "MAL-1",
    "UBUNTU-CVE-1",
    "DEBIAN-CVE-1",
    "constructor",
  ].map((id) => recordOf({ id, severity }).severities[0]?.source);
  assert.deepEqual(sources, ["PYSEC", "GHSA", "Go", "RUSTSEC", "MAL", "Ubuntu", "Debian", "constructor"]);
});

test("Ubuntu's priority and Debian's urgency are labels, as far as they say how bad it is", () => {
  const severity = [
    { type: "CVSS_V3", score: "CVSS:3.1/AV:N" },
    { type: "Ubuntu", score: "negligible" },
    { type: "Of tomorrow", score: 1 },
  ];
  assert.deepEqual(recordOf({ id: "UBUNTU-CVE-2024-1", severity }).severities, [
    { source: "Ubuntu", type: "CVSS_V3", value: "CVSS:3.1/AV:N" },
    { source: "Ubuntu", type: "label", value: "negligible" },
  ]);
  const [older] = entriesOf({
    id: "CVE-2010-4651",
    affected: [
      { package: flask, ecosystem_specific: { ubuntu_priority: "low", binaries: [{ patch: "2.7.1-4ubuntu1" }] } },
    ],
  });
  assert.deepEqual(older?.rule, { kind: "osv", severities: [{ source: "Ubuntu", type: "label", value: "low" }] });
  const urgent = (urgency: unknown) =>
    entriesOf({ id: "DEBIAN-CVE-2024-1", affected: [{ package: flask, ecosystem_specific: { urgency } }] })[0]?.rule;
  const label = { source: "Debian", type: "label", value: "high" };
  assert.deepEqual(urgent("high"), { kind: "osv", severities: [label] });
  assert.deepEqual(urgent("high**"), { kind: "osv", severities: [label] });
  for (const none of ["not yet assigned", "unimportant", "end-of-life", 4, null]) {
    assert.deepEqual(urgent(none), { kind: "osv" });
  }
});

test("severities of one package stay with it", () => {
  const severity = [{ type: "CVSS_V2", score: "AV:N/AC:L/Au:N/C:N/I:N/A:P" }];
  const [first, second] = entriesOf({
    ...minimal,
    affected: [
      { package: flask, severity, ranges: [from0] },
      { package: flask, ranges: [from0] },
    ],
  });
  const claim = { source: "PYSEC", type: "CVSS_V2", value: "AV:N/AC:L/Au:N/C:N/I:N/A:P" };
  assert.deepEqual(first?.rule, { kind: "osv", ranges: [from0], severities: [claim] });
  assert.deepEqual(second?.rule, { kind: "osv", ranges: [from0] });
});

test("a withdrawn record says since when", () => {
  assert.equal(recordOf({ withdrawn: "2024-11-22T04:37:03Z" }).withdrawn, "2024-11-22T04:37:03Z");
  assert.equal(recordOf({ withdrawn: null }).withdrawn, undefined);
});

test("a time that is none is left out, and so is the year 1 of Go's records", () => {
  const { published, modified } = recordOf({ published: "0001-01-01T00:00:00Z", modified: "yesterday" });
  assert.deepEqual([published, modified], [undefined, undefined]);
});

test("without a summary, the first line of the details that says something", () => {
  const summary = (details: string) => recordOf({ details }).summary;
  assert.equal(summary("\n\n### Impact\n\nIt *reads* files.\nMore."), "It *reads* files.");
  assert.equal(summary("### Impact"), "Impact");
  assert.equal(summary(""), "");
  assert.equal(summary(`${"é".repeat(400)}`).length, 300);
  assert.equal(summary(`${"a".repeat(298)}😀😀`), `${"a".repeat(298)}…`);
});

test("a summary has no control characters, and nothing that turns the writing around", () => {
  assert.equal(recordOf({ summary: "a\u001b[31mb\u202ec\u0000\u009bd\ud800" }).summary, "a [31mb c d\ufffd");
});

test("ranges of commits are left out; a package of which nothing else is said has an empty rule", () => {
  const git = { type: "GIT", repo: "https://example.org/a.git", events: [{ introduced: "0" }, { fixed: "abc" }] };
  const affected = [
    { package: flask, ranges: [git] },
    { package: { ecosystem: "PyPI", name: "other" }, ranges: [git, from0] },
    { ranges: [git] },
  ];
  const entries = entriesOf({ ...minimal, affected });
  assert.deepEqual(
    entries.map(({ name, rule }) => [name, rule]),
    [
      ["flask", { kind: "osv" }],
      ["other", { kind: "osv", ranges: [from0] }],
    ],
  );
  assert.equal(affects(entries[0]?.rule as OsvRule, "1.0", orderOf("pypi")).affected, "unknown");
});

test("blocks about one package are one entry, unless one lists versions and another does not", () => {
  const [one, two] = [
    { type: "SEMVER", events: [{ introduced: "1.0.0" }, { fixed: "1.2.0" }] },
    { type: "SEMVER", events: [{ introduced: "2.0.0" }, { last_affected: "2.2.0" }] },
  ];
  const left = { ecosystem: "npm", name: "left-pad" };
  const rules = (...blocks: readonly object[]) =>
    entriesOf({ ...minimal, affected: blocks.map((block) => ({ package: left, ...block })) }).map(({ rule }) => rule);
  assert.deepEqual(rules({ ranges: [one] }, { ranges: [two] }), [{ kind: "osv", ranges: [one, two] }]);
  assert.deepEqual(rules({ versions: ["1.0.0"] }, { versions: ["2.0.0", "1.0.0"], ranges: [two] }), [
    { kind: "osv", versions: ["1.0.0", "2.0.0"], ranges: [two] },
  ]);
  assert.equal(rules({ ranges: [one] }, { versions: ["2.0.0"] }).length, 2);
  assert.equal(rules({ ranges: [one] }, {}).length, 2);
});

test("ecosystems stay as the record has them", () => {
  const ecosystems = ["Alpine:v3.18", "Ubuntu:22.04:LTS", "Ubuntu:Pro:18.04:LTS", "NuGet"];
  const affected = ecosystems.map((ecosystem) => ({ package: { ecosystem, name: "Curl" } }));
  assert.deepEqual(
    entriesOf({ ...minimal, affected }).map(({ ecosystem, name }) => [ecosystem, name]),
    ecosystems.map((ecosystem) => [ecosystem, "Curl"]),
  );
});

test("null is as good as absent, as Go programs write it", () => {
  const nulls = { aliases: null, severity: null, upstream: null, database_specific: null, details: null };
  const block = { package: flask, ranges: null, versions: null, severity: null, ecosystem_specific: null };
  assert.deepEqual(entriesOf({ ...minimal, ...nulls, affected: [block] })[0]?.rule, { kind: "osv" });
  assert.deepEqual(entriesOf({ id: "GHSA-1", affected: null }), []);
});

test("what is wrong is said, with its place", () => {
  const wrong: readonly (readonly [record: unknown, message: RegExp])[] = [
    [[], /a record: it is not a map/],
    [{}, /a record: id is not a text/],
    [{ ...minimal, id: "" }, /id is empty/],
    [{ ...minimal, id: "A\u001b[2J" }, /id holds control characters/],
    [{ ...minimal, id: "A".repeat(500) }, /id is longer than/],
    [{ ...minimal, id: "A 1" }, /id is not an id/],
    [{ ...minimal, aliases: "CVE-1" }, /aliases is not a list/],
    [{ ...minimal, aliases: ["CVE-1", 2] }, /aliases\[1\] is not a text/],
    [{ ...minimal, summary: ["x"] }, /summary is not a text/],
    [{ ...minimal, withdrawn: true }, /withdrawn is not a text/],
    [{ ...minimal, withdrawn: "no" }, /withdrawn is not a time/],
    [{ ...minimal, severity: [{ type: "CVSS_V3", score: 9.8 }] }, /severity\[0\]\.score is not a text/],
    [{ ...minimal, affected: [{ package: flask }, 7] }, /affected\[1\] is not a map/],
    [{ ...minimal, affected: [{ package: { name: "a" } }] }, /affected\[0\]\.package\.ecosystem is not a text/],
    [{ ...minimal, affected: [{ package: { ...flask, name: 1 } }] }, /affected\[0\]\.package\.name is not a text/],
    [{ ...minimal, affected: [{ package: flask, versions: ["1", 2] }] }, /affected\[0\]\.versions\[1\] is not a text/],
    [{ ...minimal, affected: [{ package: flask, ranges: [{ events: [] }] }] }, /ranges\[0\]\.type is none of/],
    [
      { ...minimal, affected: [{ package: flask, ranges: [{ type: "SEMVER", events: [{ fixed: 1 }] }] }] },
      /affected\[0\]\.ranges\[0\]\.events\[0\]\.fixed is not a text/,
    ],
  ];
  for (const [record, message] of wrong) {
    assert.throws(() => readOsvRecord(bytesOf(record), "a record"), { code: "FORMAT_INVALID", message });
  }
  const cut = bytesOf(minimal).subarray(0, 40);
  assert.throws(() => readOsvRecord(cut, "a record"), {
    code: "FORMAT_INVALID",
    message: /not JSON at character 34: a text that does not end/,
  });
  assert.throws(() => readOsvRecord(Buffer.from([0x22, 0xff, 0x22]), "a record"), { message: /not UTF-8/ });
});

test("names that JavaScript knows are names like others", () => {
  const record = `{"id":"A-1","__proto__":{"withdrawn":"2024-01-01T00:00:00Z"},
    "affected":[{"package":{"ecosystem":"npm","name":"__proto__"},"versions":["constructor"]}]}`;
  const [entry] = readOsvRecord(Buffer.from(record), "a record") as readonly Entry[];
  assert.deepEqual([entry?.name, entry?.record.withdrawn], ["__proto__", undefined]);
  assert.deepEqual(entry?.rule, { kind: "osv", versions: ["constructor"] });
});

test("too much of anything is refused, and deep nesting does no harm", () => {
  const many = <T>(count: number, item: T): readonly T[] => Array.from({ length: count }, () => item);
  const refused = (affected: unknown) =>
    assert.throws(() => readOsvRecord(bytesOf({ ...minimal, affected }), "a record"), { code: "FORMAT_INVALID" });
  refused(many(100_001, {}));
  refused([{ package: flask, versions: many(200_001, "1") }]);
  refused([{ package: flask, ranges: many(10_001, { type: "GIT" }) }]);
  refused([{ package: flask, ranges: [{ type: "SEMVER", events: many(20_001, {}) }] }]);
  const deep = "[".repeat(200_000);
  assert.throws(() => readOsvRecord(Buffer.from(deep), "a record"), { code: "FORMAT_INVALID" });
  const unread = `{"id":"A-1","x":${deep}${"]".repeat(200_000)}}`;
  assert.deepEqual(readOsvRecord(Buffer.from(unread), "a record"), []);
});

test("many blocks about one package, and many aliases that are none, take no longer than they should", () => {
  const affected = Array.from({ length: 50_000 }, (_, index) => ({ package: flask, versions: [`1.${index}`] }));
  const aliases = Array.from({ length: 10_000 }, (_, index) => (index === 5 ? "CVE-2024-1" : " ".repeat(index % 300)));
  const entries = entriesOf({ id: "A-1", aliases, affected });
  assert.deepEqual(
    entries.map(({ record, rule }) => [record.aliases, (rule as OsvRule).versions?.length]),
    [[["CVE-2024-1"], 50_000]],
  );
});

test("any JSON is read or refused, and never anything else", () => {
  const near = fc.record(
    {
      id: fc.oneof(fc.string(), fc.jsonValue()),
      aliases: fc.oneof(fc.array(fc.string()), fc.jsonValue()),
      summary: fc.oneof(anyText(), fc.jsonValue()),
      withdrawn: fc.jsonValue(),
      severity: fc.oneof(fc.array(fc.record({ type: fc.constant("CVSS_V3"), score: fc.jsonValue() })), fc.jsonValue()),
      affected: fc.oneof(
        fc.array(
          fc.record({
            package: fc.oneof(fc.record({ ecosystem: fc.string(), name: fc.string() }), fc.jsonValue()),
            versions: fc.oneof(fc.array(fc.string()), fc.jsonValue()),
            ranges: fc.oneof(
              fc.array(fc.record({ type: fc.constant("SEMVER"), events: fc.jsonValue() })),
              fc.jsonValue(),
            ),
          }),
        ),
        fc.jsonValue(),
      ),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(near, fc.jsonValue()), (record) => {
      try {
        for (const item of readOsvRecord(bytesOf(record), "a record")) {
          assert.equal(item.kind, "entry");
          assert.doesNotMatch(JSON.stringify(item.kind === "entry" ? item.record.summary : ""), /\\u00|\\n/);
        }
      } catch (error) {
        assert.ok(isDistillError(error, "FORMAT_INVALID"), String(error));
      }
    }),
    { numRuns: 1000 },
  );
});

test("joined blocks say of every version what the blocks say one by one", () => {
  const place = fc.constantFrom("0", "1.0.0", "2.0.0", "3.0.0", "no version");
  const block = fc.record({
    versions: fc.array(fc.constantFrom("0.5.0", "1.0.0", "2.5.0", "odd"), { maxLength: 2 }),
    ranges: fc.array(
      fc.record({
        type: fc.constantFrom("SEMVER", "GIT"),
        events: fc.array(
          fc.oneof(
            place.map((introduced) => ({ introduced })),
            place.map((fixed) => ({ fixed })),
          ),
          { maxLength: 3 },
        ),
      }),
      { maxLength: 2 },
    ),
  });
  const left = { ecosystem: "npm", name: "left-pad" };
  const versions = ["0.5.0", "1.0.0", "1.5.0", "2.5.0", "9.0.0", "odd", "strange"];
  const worst = (rules: readonly AffectedVersions[], version: string) => {
    const all = rules.map((rule) => affects(rule, version, orderOf("npm")).affected);
    return (["yes", "unknown", "no"] as const).find((each) => all.includes(each));
  };
  fc.assert(
    fc.property(fc.array(block, { minLength: 1, maxLength: 4 }), (blocks) => {
      const affected = blocks.map((each) => ({ package: left, ...each }));
      const rules = entriesOf({ id: "A-1", affected }).map(({ rule }) => rule as OsvRule);
      for (const version of versions) assert.equal(worst(rules, version), worst(blocks, version), version);
    }),
    { numRuns: 2000 },
  );
});
