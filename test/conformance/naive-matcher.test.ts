import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { zstdDecompressSync } from "node:zlib";
import { satisfies } from "semver";
import type { AdvisoryEntry, AdvisorySource } from "../../src/advisories/advisory.ts";
import type { FeedId } from "../../src/advisories/feed.ts";
import { assess } from "../../src/advisories/match/assess.ts";
import { judgeNode } from "../../src/advisories/match/judge-node.ts";
import { mergeVerdicts } from "../../src/advisories/match/merge.ts";
import { readNodeIndex } from "../../src/advisories/readers/node-index.ts";
import { readOsvRecord } from "../../src/advisories/readers/osv.ts";
import { storedName } from "../../src/advisories/stored-name.ts";
import type { PackageType } from "../../src/inventory/package.ts";
import { installed } from "../support/matching.ts";
import { naiveMatch, type RawRecord } from "../support/naive-matcher.ts";
import { randomNumbers } from "../support/random.ts";
import { IS_SHARE, isInShare } from "../support/share.ts";
import { sharedPath, unlessShared } from "../support/shared.ts";
import { unlessTools } from "../support/tools.ts";
import { placesOf, versionsIn } from "../support/version-places.ts";

/** Kinds of packages, with the exports of OSV that are about them. */
const ECOSYSTEMS: readonly (readonly [type: PackageType, ecosystem: string, feed: FeedId, files: readonly string[]])[] =
  [
    ["pypi", "PyPI", "osv-pypi", ["pypi", "pypi.ghsa"]],
    ["npm", "npm", "osv-npm", ["npm.ghsa"]],
    ["golang", "Go", "osv-go", ["go"]],
    ["cargo", "crates.io", "osv-crates", ["crates"]],
  ];

const FILES = [...new Set(ECOSYSTEMS.flatMap(([, , , files]) => files))].map(
  (name) => `advisories/${name}.osv.jsonl.zst`,
);
const NODE_INDEX = "advisories/nodejs-core.json.zst";
const TRIALS = IS_SHARE ? 500 : 2000;
const SKIP = FILES.map((file) => unlessShared(file)).find((each) => each !== false) ?? unlessTools("python3");

for (const [type, ecosystem, feed, files] of ECOSYSTEMS) {
  describe(`${ecosystem}: a second matcher over the raw records`, { skip: SKIP }, () => {
    let records: ReadonlyMap<string, readonly RawRecord[]>;
    let entries: ReadonlyMap<string, readonly AdvisoryEntry[]>;

    before(() => {
      const lines = files.flatMap((file) => linesOf(`advisories/${file}.osv.jsonl.zst`));
      records = byName(lines, ecosystem);
      entries = entriesOf(lines, ecosystem, feed);
    });

    test(`finds what is found, of ${TRIALS} versions`, () => {
      const trials = sample(records, ecosystem);
      const places = placesOf(
        type,
        trials.flatMap(({ name, version }) => [version, ...versionsIn(records.get(name))]),
      );
      const source = sourceOf(ecosystem, feed, entries);
      let compared = 0;
      let affected = 0;
      for (const { name, version } of trials) {
        const isPackage = (of: string, called: string) => of === ecosystem && storedName(of, called) === name;
        const expected = naiveMatch(records.get(name) ?? [], isPackage, version, places);
        if (expected === undefined) continue;
        compared++;
        const pkg = installed(type, name, version);
        const matches = mergeVerdicts(assess(pkg, source).verdicts, source, type);
        const found = matches.map(
          ({ id, aliases, affected }) => [[id, ...aliases].sort().join(" "), affected] as const,
        );
        affected += found.filter(([, each]) => each === "yes").length;
        const words = [...expected].map(([names, isAffected]) => [names, isAffected ? "yes" : "no"] as const);
        assert.deepEqual([...found].sort(), words.sort(), `${name} ${version}`);
      }
      assert.ok(compared > TRIALS * 0.7 && affected > compared / 4, `${compared} compared, ${affected} affected`);
    });
  });
}

test("Node.js: npm's library finds what is found in the index", { skip: unlessShared(NODE_INDEX) }, () => {
  const items = readNodeIndex(zstdDecompressSync(readFileSync(sharedPath(NODE_INDEX))), "the index");
  const rules = items.flatMap((item) => (item.kind === "entry" && item.rule.kind === "node" ? [item.rule] : []));
  assert.ok(rules.length > 150);
  const named = rules.flatMap(({ patched, vulnerable }) => `${patched} ${vulnerable}`.match(/\d+\.\d+\.\d+/g) ?? []);
  const versions = new Set(named.flatMap((each) => [each, neighbour(each, 1), neighbour(each, -1), `${each}-rc.1`]));
  for (const [index, version] of [...versions].entries()) {
    if (!isInShare(index, 10)) continue;
    for (const rule of rules) {
      const isIn = (range: string) => satisfies(version, range, { includePrerelease: true });
      const expected = isIn(rule.vulnerable) && !(rule.patched !== "" && isIn(rule.patched)) ? "yes" : "no";
      assert.equal(judgeNode(rule, version).affected, expected, `${version} ${JSON.stringify(rule)}`);
    }
  }
});

interface Trial {
  readonly name: string;
  readonly version: string;
}

function linesOf(file: string): readonly string[] {
  return zstdDecompressSync(readFileSync(sharedPath(file)))
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
}

function byName(lines: readonly string[], ecosystem: string): ReadonlyMap<string, readonly RawRecord[]> {
  const found = new Map<string, Set<RawRecord>>();
  for (const record of lines.map((line): RawRecord => JSON.parse(line))) {
    for (const { package: of } of record.affected ?? []) {
      if (of?.ecosystem !== ecosystem) continue;
      const name = storedName(ecosystem, of.name);
      found.set(name, (found.get(name) ?? new Set()).add(record));
    }
  }
  return new Map([...found].map(([name, all]) => [name, [...all]]));
}

function entriesOf(
  lines: readonly string[],
  ecosystem: string,
  feed: FeedId,
): ReadonlyMap<string, readonly AdvisoryEntry[]> {
  const items = lines.flatMap((line) => readOsvRecord(Buffer.from(line), "a record"));
  const entries = items.flatMap((item) => (item.kind === "entry" && item.ecosystem === ecosystem ? [item] : []));
  const grouped = Map.groupBy(entries, ({ name }) => name);
  return new Map([...grouped].map(([name, all]) => [name, all.map(({ record, rule }) => ({ feed, record, rule }))]));
}

function sourceOf(
  ecosystem: string,
  feed: FeedId,
  entries: ReadonlyMap<string, readonly AdvisoryEntry[]>,
): AdvisorySource {
  const state = { feed, place: "", checkedAt: 0, dated: undefined, records: 1, digest: "", failure: undefined };
  return {
    feeds: () => [state],
    ecosystems: () => new Set([ecosystem]),
    about: (_, name) => entries.get(name) ?? [],
    severitiesOf: () => [],
    exploited: () => undefined,
    likelihood: () => undefined,
    support: () => undefined,
  };
}

/** Versions that records name, and their neighbours: there a matcher errs. */
function sample(records: ReadonlyMap<string, readonly RawRecord[]>, ecosystem: string): readonly Trial[] {
  const seed = Number(process.env.DISTILL_NAIVE_SEED ?? 20261126);
  const next = randomNumbers(seed + ecosystem.length);
  const pick = <T>(of: readonly T[]): T | undefined => of[Math.floor(next() * of.length)];
  const names = [...records.keys()];
  return Array.from({ length: TRIALS }, (): Trial => {
    const name = pick(names) ?? "";
    const known = versionsIn(records.get(name)).filter((each) => each !== "0" && each !== "*");
    const version = pick(known) ?? "1.0.0";
    return {
      name,
      version:
        pick([
          version,
          version,
          neighbour(version, 1),
          neighbour(version, -1),
          `${version}${ecosystem === "PyPI" ? ".post1" : "-0"}`,
          "0.0.1",
          "999.0.0",
        ]) ?? version,
    };
  });
}

/** The last number of a version, one up or down. */
function neighbour(version: string, by: number): string {
  return version.replace(/\d+(?=\D*$)/, (digits) => String(Math.max(0, Number(digits) + by)));
}
