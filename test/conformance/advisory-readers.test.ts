import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { zstdDecompressSync } from "node:zlib";
import type { FeedItem } from "../../src/advisories/feeds/item.ts";
import { readTracker } from "../../src/advisories/readers/debian-tracker.ts";
import { readKev } from "../../src/advisories/readers/kev.ts";
import { readNodeIndex } from "../../src/advisories/readers/node-index.ts";
import { readOsvRecord } from "../../src/advisories/readers/osv.ts";
import { pieces } from "../support/bytes.ts";
import { sharedPath, unlessShared } from "../support/shared.ts";
import { trackerJson } from "../support/tracker-json.ts";

/** The files of the snapshot, and what jq counts in them. */
const EXPORTS: readonly (readonly [file: string, records: number, withdrawn: number])[] = [
  ["pypi", 7080, 269],
  ["pypi.ghsa", 157, 10],
  ["go", 4291, 17],
  ["crates", 1899, 38],
  ["npm.ghsa", 356, 14],
  ["debian", 120, 0],
  ["alpine", 204, 1],
];

const unpacked = (file: string) => zstdDecompressSync(readFileSync(sharedPath("advisories", file)));

type Entry = Extract<FeedItem, { kind: "entry" }>;

const entriesOf = (items: readonly FeedItem[]) => items.filter((item): item is Entry => item.kind === "entry");

/** A record as plainly as can be, for comparison. */
interface Raw {
  readonly id: string;
  readonly withdrawn?: string;
  readonly aliases?: readonly string[];
  readonly severity?: readonly { readonly type: string; readonly score: string }[];
  readonly affected: readonly {
    readonly package: { readonly ecosystem: string; readonly name: string };
    readonly versions?: readonly string[];
    readonly ranges?: readonly { readonly type: string; readonly events: readonly object[] }[];
  }[];
}

for (const [name, records, withdrawn] of EXPORTS) {
  const file = `${name}.osv.jsonl.zst`;
  test(`every record of ${file} is read, and nothing of it is lost`, { skip: unlessShared("advisories", file) }, () => {
    const lines = unpacked(file).toString().trimEnd().split("\n");
    assert.equal(lines.length, records);
    let withdrawnSeen = 0;
    for (const line of lines) {
      const raw = JSON.parse(line) as Raw;
      const entries = entriesOf(readOsvRecord(Buffer.from(line), file));
      if (raw.withdrawn !== undefined) withdrawnSeen++;
      for (const { record } of entries) {
        assert.equal(record.id, raw.id);
        assert.equal(record.withdrawn, raw.withdrawn);
        const vectors = record.severities.flatMap(({ type, value }) => (type === "label" ? [] : [`${type} ${value}`]));
        assert.deepEqual(
          vectors,
          (raw.severity ?? []).map(({ type, score }) => `${type} ${score}`),
        );
        for (const alias of raw.aliases ?? []) assert.ok(record.aliases.includes(alias), raw.id);
        assert.notEqual(record.summary, "", raw.id);
      }
      assert.deepEqual(factsOf(entries), rawFactsOf(raw), raw.id);
    }
    assert.equal(withdrawnSeen, withdrawn);
  });
}

/** Every package with every version and event of it, sorted: the same however blocks are joined. */
function factsOf(entries: readonly Entry[]): readonly string[] {
  const facts = entries.flatMap(({ ecosystem, name, rule }) => {
    assert.ok(rule.kind === "osv");
    const events = (rule.ranges ?? []).flatMap((range) => range.events.map((event) => JSON.stringify(event)));
    return ["", ...(rule.versions ?? []), ...events].map((fact) => `${ecosystem} ${name} ${fact}`);
  });
  return [...new Set(facts)].sort();
}

function rawFactsOf({ affected }: Raw): readonly string[] {
  const facts = affected.flatMap(({ package: { ecosystem, name }, versions = [], ranges = [] }) => {
    const stored = ecosystem === "PyPI" ? name.toLowerCase().replaceAll(/[-_.]+/g, "-") : name;
    const events = ranges.flatMap(({ type, events: each }) =>
      type === "GIT" ? [] : each.map((event) => JSON.stringify(event)),
    );
    return ["", ...versions, ...events].map((fact) => `${ecosystem} ${stored} ${fact}`);
  });
  return [...new Set(facts)].sort();
}

test("Go's 199 records of the standard library are entries of stdlib and toolchain", {
  skip: unlessShared("advisories/go.osv.jsonl.zst"),
}, () => {
  const ids = unpacked("go.osv.jsonl.zst")
    .toString()
    .trimEnd()
    .split("\n")
    .flatMap((line) => entriesOf(readOsvRecord(Buffer.from(line), "go")))
    .filter(({ name }) => name === "stdlib" || name === "toolchain")
    .map(({ record }) => record.id);
  assert.equal(new Set(ids).size, 199);
});

test("CISA's whole catalogue is read", { skip: unlessShared("advisories/kev.json.zst") }, () => {
  const items = readKev(unpacked("kev.json.zst"), "kev.json");
  assert.deepEqual(items[0], { kind: "dated", date: "2026-01-27T20:51:50.7688Z" });
  const exploited = items.flatMap((item) => (item.kind === "exploited" ? [item] : []));
  assert.equal(exploited.length, 1500);
  assert.equal(exploited.filter((each) => each.exploited.ransomware).length, 304);
  assert.ok(exploited.every((each) => each.exploited.due !== undefined));
});

test("the whole index of Node.js is read: 171 items, of which 4 name 19 CVEs and 14 none", {
  skip: unlessShared("advisories/nodejs-core.json.zst"),
}, () => {
  const entries = entriesOf(readNodeIndex(unpacked("nodejs-core.json.zst"), "index.json"));
  assert.equal(entries.length, 171 - 4 + 19);
  assert.equal(entries.filter(({ record }) => record.id.startsWith("NODE-")).length, 14);
  assert.equal(entries.filter(({ record }) => record.severities.length === 0).length, 13);
  assert.equal(entries.filter(({ record }) => record.summary === "").length, 0);
});

for (const number of [1, 2]) {
  const file = `advisories/debian-tracker-sample-${number}.json`;
  test(`sample ${number} of the tracker's JSON is read, in chunks of any size`, {
    skip: unlessShared(file),
  }, async () => {
    const bytes = readFileSync(sharedPath(file));
    const raw = JSON.parse(bytes.toString()) as Record<string, Record<string, { readonly releases: object }>>;
    const expected = Object.entries(raw).flatMap(([source, flaws]) =>
      Object.entries(flaws).flatMap(([id, { releases }]) =>
        Object.entries(releases).map(([release, { status, fixed_version, urgency }]) =>
          [source, id, `debian:${release}`, status, fixed_version, urgency].join(),
        ),
      ),
    );
    for (const size of [1, 64, 1 << 16]) assert.deepEqual(await statesOf(pieces(bytes, size)), expected);
  });
}

async function statesOf(bytes: AsyncIterable<Uint8Array>): Promise<readonly string[]> {
  const states: string[] = [];
  for await (const items of readTracker(bytes)) {
    for (const { name, record, ecosystem, rule } of entriesOf(items)) {
      assert.ok(rule.kind === "debian");
      states.push([name, record.id, ecosystem, rule.status, rule.fixed, rule.urgency].join());
    }
  }
  return states;
}

test("a generated tracker is JSON of the real form, and all of it is read", async () => {
  const bytes = Buffer.concat([...trackerJson({ bytes: 300_000, seed: 7, packages: { bash: {} } })]);
  assert.ok(bytes.length > 300_000 && !bytes.includes("\n"));
  const raw = JSON.parse(bytes.toString()) as Record<string, Record<string, { readonly releases: object }>>;
  const states = Object.values(raw).flatMap((flaws) =>
    Object.values(flaws).flatMap(({ releases }) => Object.keys(releases)),
  );
  assert.equal((await statesOf(pieces(bytes, 1000))).length, states.length);
  assert.deepEqual(Buffer.concat([...trackerJson({ bytes: 300_000, seed: 7, packages: { bash: {} } })]), bytes);
});
