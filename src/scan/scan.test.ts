import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { advisoriesOf } from "../../test/support/advisories.ts";
import type { AdvisoryRecord } from "../advisories/advisory.ts";
import type { FeedState } from "../advisories/feed.ts";
import type { FeedItem } from "../advisories/feeds/item.ts";
import type { PackageFacts } from "../inventory/package.ts";
import { headline } from "./headline.ts";
import { type MatchedOutcome, matchPackage, type PackageToScan, type ScanKnowledge } from "./match-packages.ts";
import { explainFlaw, type ScanInput, scanReport } from "./scan.ts";

const DAY = 24 * 60 * 60 * 1000;
/** As advisoriesOf() dates its feeds. */
const CHECKED = Date.UTC(2026, 10, 23);

function npm(name: string, version: string): PackageToScan {
  const facts: PackageFacts = {
    ...{ type: "npm", name, version, architecture: "", source: undefined, licenses: [], dependencies: [] },
  };
  return { facts, purl: `pkg:npm/${name}@${version}`, locations: [], carriedFrom: undefined, parts: [] };
}

function flaw(id: string, name: string, fixed: string | undefined, parts: Partial<AdvisoryRecord> = {}): FeedItem {
  const record: AdvisoryRecord = {
    ...{ id, aliases: [], summary: "", severities: [], published: undefined, modified: undefined },
    ...{ withdrawn: undefined, link: undefined },
    ...parts,
  };
  const events = [{ introduced: "0" }, ...(fixed === undefined ? [] : [{ fixed }])];
  return { kind: "entry", ecosystem: "npm", name, record, rule: { kind: "osv", ranges: [{ type: "SEMVER", events }] } };
}

function label(value: string): Partial<AdvisoryRecord> {
  return { severities: [{ source: "GHSA", type: "label", value }] };
}

const EXPLOITED: FeedItem = {
  ...{ kind: "exploited", cve: "CVE-2030-0002" },
  exploited: { added: "2030-01-01", due: undefined, ransomware: false },
};

const KNOWLEDGE: ScanKnowledge = {
  advisories: advisoriesOf({
    "osv-npm": [
      flaw("GHSA-1", "a", undefined, label("CRITICAL")),
      flaw("GHSA-2", "a", "2.0.0", { ...label("LOW"), aliases: ["CVE-2030-0002"] }),
      flaw("GHSA-3", "a", "1.5.0", label("HIGH")),
      flaw("GHSA-4", "a", "0.5.0"),
      flaw("GHSA-5", "b", "3.0.0", label("MODERATE")),
    ],
    kev: [EXPLOITED],
    epss: [],
    "osv-pypi": [],
  }),
  archive: new Map(),
};

const A = matchPackage(npm("a", "1.0.0"), KNOWLEDGE);
const B = matchPackage(npm("b", "1.0.0"), KNOWLEDGE);
const ODD = matchPackage(npm("b", "no version"), KNOWLEDGE);

function report(outcomes: readonly MatchedOutcome[], parts: Partial<ScanInput> = {}) {
  const subject = { name: "x", imageID: undefined, manifestDigest: undefined, platform: undefined, system: undefined };
  const input = { subject, outcomes, knowledge: KNOWLEDGE, further: [], maxAge: 5 * DAY, now: CHECKED, warnings: [] };
  return scanReport({ ...input, ...parts });
}

describe("a report", () => {
  test("lists findings by package, those that can be fixed first, the worst first", () => {
    assert.deepEqual(
      report([A, B]).findings.map(({ id, package: at, fixed }) => [at, id, fixed]),
      [
        [0, "GHSA-3", "1.5.0"],
        [0, "CVE-2030-0002", "2.0.0"],
        [0, "GHSA-1", undefined],
        [1, "GHSA-5", "3.0.0"],
      ],
    );
  });

  test("counts each level for itself", () => {
    const { totals } = report([A, B, ODD]);
    const counts = { unknown: 0, negligible: 0, low: 1, medium: 1, high: 1, critical: 1 };
    assert.deepEqual(totals.full, { packages: 2, findings: 4, fixable: 3, bySeverity: counts });
    assert.deepEqual([totals.fixesOnly.packages, totals.none.packages], [0, 1]);
  });

  test("is unassessed where nothing could be looked at, and where there is nothing", () => {
    for (const outcomes of [[], [ODD]]) {
      const { status, level } = report(outcomes);
      assert.deepEqual([status, level], ["unassessed", "none"]);
    }
  });

  test("counts a flaw of a package that could not be assessed, whose very version a record names, and says so", () => {
    const record = flaw("MAL-2030-1", "c", undefined);
    const rule = { kind: "osv", versions: ["not a version"] } as const;
    const advisories = advisoriesOf({ "osv-npm": [{ ...record, rule } as FeedItem, flaw("GHSA-9", "c", "2.0.0")] });
    const odd = matchPackage(npm("c", "not a version"), { ...KNOWLEDGE, advisories });
    const { status, totals, findings } = report([odd, A]);
    assert.deepEqual([status, totals.none.packages, totals.full.packages], ["assessed", 1, 1]);
    assert.deepEqual(
      findings.filter((each) => each.package === 0).map(({ id, level }) => [id, level]),
      [["MAL-2030-1", "full"]],
    );
    assert.match(headline(report([odd])), /^unassessed: .+; 1 vulnerability of packages that could not be assessed$/);
    assert.match(
      headline(report([odd, A])),
      /3 vulnerabilities in 1 of 1 package .+; 1 package not assessed; 1 vulnerability/,
    );
  });

  test("has the weakest level of those that could be looked at", () => {
    const missed = { ...B, level: "fixes-only" } as const;
    assert.deepEqual(
      [report([A]).level, report([A, missed]).level, report([A, ODD]).level],
      ["full", "fixes-only", "full"],
    );
  });

  test("says which of its findings are known to be exploited", () => {
    const marked = report([A]).findings.filter(({ exploited }) => exploited !== undefined);
    assert.deepEqual(
      marked.map(({ id }) => id),
      ["CVE-2030-0002"],
    );
  });

  test("names the feeds that had a part in it, and says which are stale", () => {
    const feeds = (now: number) => report([A], { now }).feeds.map(({ feed, stale }) => [feed, stale]);
    assert.deepEqual(feeds(CHECKED + 5 * DAY), [
      ["epss", false],
      ["kev", false],
      ["osv-npm", false],
    ]);
    assert.ok(feeds(CHECKED + 5 * DAY + 1).every(([, stale]) => stale));
  });

  test("takes a file for as old as what it holds, and what was asked for where it is published for as old as the answer", () => {
    const stale = (place: string) => {
      const state = { ...KNOWLEDGE.advisories.feeds()[0], place, dated: "2026-11-01T00:00:00Z" } as FeedState;
      const advisories = { ...KNOWLEDGE.advisories, feeds: () => [{ ...state, feed: "osv-npm" as const }] };
      return report([A], { knowledge: { ...KNOWLEDGE, advisories } }).feeds.map((feed) => feed.stale);
    };
    assert.deepEqual([stale("/media/npm.jsonl"), stale("https://mirror.example/all.zip")], [[true], [false]]);
  });

  test("without findings has no use of lists of findings", () => {
    const fine = matchPackage(npm("a", "9.0.0"), {
      ...KNOWLEDGE,
      advisories: advisoriesOf({ "osv-npm": [flaw("X-1", "a", "1.0.0")] }),
    });
    assert.deepEqual(
      report([fine]).feeds.map(({ feed }) => feed),
      ["osv-npm"],
    );
  });
});

describe("an explanation", () => {
  test("finds a flaw by any of its names, in any case", () => {
    for (const id of ["CVE-2030-0002", "ghsa-2"]) {
      const [only, ...others] = explainFlaw(id, [A, B], KNOWLEDGE);
      assert.deepEqual([only?.package.name, only?.finding?.id, others.length], ["a", "CVE-2030-0002", 0]);
    }
  });

  test("says why a package has not a flaw that a record of it is about", () => {
    const [only] = explainFlaw("GHSA-4", [A], KNOWLEDGE);
    assert.equal(only?.finding, undefined);
    assert.deepEqual(
      only?.reasoning.map(({ record, affected }) => [record, affected]),
      [["GHSA-4", "no"]],
    );
  });

  test("is empty for a flaw that no record has", () => {
    assert.deepEqual(explainFlaw("CVE-1999-1", [A, B], KNOWLEDGE), []);
  });
});
