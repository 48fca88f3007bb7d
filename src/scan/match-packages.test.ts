import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { advisoriesOf } from "../../test/support/advisories.ts";
import { type ArchiveAnswer, answerKey } from "../advisories/debian-archive/answer.ts";
import type { FeedItem } from "../advisories/feeds/item.ts";
import type { PackageFacts } from "../inventory/package.ts";
import { matchPackage, type PackageToScan, type ScanKnowledge } from "./match-packages.ts";

const OPENSSL: PackageToScan = {
  facts: facts({ name: "libssl3", version: "3.0.11-1+b1", source: { name: "openssl", version: "3.0.11-1" } }),
  purl: "pkg:deb/debian/libssl3@3.0.11-1%2Bb1?distro=debian-12",
  ...{ locations: [], carriedFrom: undefined, parts: [] },
};
const KEY = answerKey({ release: "bookworm", name: "openssl", version: "3.0.11-1" });

const MISSED: ArchiveAnswer = {
  ...{ level: "fixes-only", newer: "3.0.14-1", suite: "bookworm-security", security: true, unknown: undefined },
  fixes: [
    { cve: "CVE-2030-1", version: "3.0.14-1" },
    { cve: "CVE-2030-2", version: "3.0.13-1" },
  ],
};

function facts(parts: Partial<PackageFacts>): PackageFacts {
  return {
    ...{ type: "deb", name: "x", version: "1", architecture: "amd64", source: undefined },
    ...{ licenses: [], dependencies: [] },
    ...parts,
  };
}

function tracker(status: "open" | "resolved"): FeedItem {
  const record = {
    ...{ id: "CVE-2030-9", aliases: [], summary: "", severities: [], published: undefined, modified: undefined },
    ...{ withdrawn: undefined, link: undefined },
  };
  const rule = { kind: "debian", status, fixed: status === "resolved" ? "0" : undefined, urgency: "" } as const;
  return { kind: "entry", ecosystem: "debian:bookworm", name: "openssl", record, rule };
}

function knowledge(parts: Partial<ScanKnowledge>): ScanKnowledge {
  return { advisories: advisoriesOf({}), archive: new Map(), ...parts };
}

describe("a package of Debian", () => {
  test("that no feed knows has the fixes that the archive's changelogs name after it, and never more than fixes-only", () => {
    const outcome = matchPackage(OPENSSL, knowledge({ archive: new Map([[KEY, MISSED]]) }));
    assert.deepEqual([outcome.level, outcome.feeds, outcome.newer], ["fixes-only", ["debian-archive"], "3.0.14-1"]);
    assert.deepEqual(
      outcome.matches.map(({ id, affected, fixed, state }) => [id, affected, fixed, state]),
      [
        ["CVE-2030-1", "yes", "3.0.14-1", "fixed"],
        ["CVE-2030-2", "yes", "3.0.13-1", "fixed"],
      ],
    );
    const [first] = outcome.matches[1]?.verdicts ?? [];
    assert.match(first?.because ?? "", /3\.0\.13-1 \(in 3\.0\.14-1 now\).+3\.0\.11-1 is installed/);
  });

  test("of which nobody says what it was built from is not assessed, and what is known of its name counts", () => {
    const plain = facts({ name: "openssl", version: "3.0.11-1" });
    const untold: PackageToScan = { ...OPENSSL, facts: plain, sourceUntold: true };
    const known = knowledge({ advisories: advisoriesOf({ "debian-tracker": [tracker("open")] }) });
    const { level, reason, feeds, matches } = matchPackage(untold, known);
    assert.deepEqual(
      [level, feeds, matches.map(({ id, affected }) => `${id} ${affected}`)],
      ["none", [], ["CVE-2030-9 yes"]],
    );
    assert.match(reason ?? "", /does not name the source package/);
    const archive = new Map([[KEY, MISSED]]);
    assert.deepEqual(matchPackage(untold, knowledge({ archive })).level, "none");
  });

  test("with nothing newer in the archive has no findings, and its open flaws stay unknown", () => {
    const answer: ArchiveAnswer = { ...MISSED, newer: undefined, suite: undefined, security: false, fixes: [] };
    const outcome = matchPackage(OPENSSL, knowledge({ archive: new Map([[KEY, answer]]) }));
    assert.deepEqual([outcome.level, outcome.matches, outcome.newer], ["fixes-only", [], undefined]);
    assert.match(outcome.reason ?? "", /does not tell what is still open/);
  });

  test("that the archive has not is assessed by nobody, with the archive's reason", () => {
    const answer: ArchiveAnswer = {
      ...{ level: "none", newer: undefined, suite: undefined, security: false, fixes: undefined },
      unknown: "Debian bookworm has no source package openssl",
    };
    const outcome = matchPackage(OPENSSL, knowledge({ archive: new Map([[KEY, answer]]) }));
    assert.deepEqual([outcome.level, outcome.feeds, outcome.reason], ["none", [], answer.unknown]);
  });

  test("that the tracker knows is not asked of the archive", () => {
    const advisories = advisoriesOf({ "debian-tracker": [tracker("open")] });
    const outcome = matchPackage(OPENSSL, knowledge({ advisories, archive: new Map([[KEY, MISSED]]) }));
    assert.deepEqual(
      [outcome.level, outcome.newer, outcome.matches.map(({ id, affected }) => [id, affected])],
      ["full", undefined, [["CVE-2030-9", "yes"]]],
    );
  });

  test("has what is said of its source's support, which may concern a family of sources", () => {
    const note = { kind: "limited", since: undefined, text: "only for trusted content" } as const;
    const item: FeedItem = { kind: "support", release: "bookworm", source: "openssl", note };
    const advisories = advisoriesOf({ "debian-support": [item] });
    assert.deepEqual(matchPackage(OPENSSL, knowledge({ advisories })).support, note);
  });
});

test("an answer of the archive is for the version that it was asked about", () => {
  const other = { ...OPENSSL, facts: facts({ name: "openssl", version: "3.0.12-1" }) };
  assert.equal(matchPackage(other, knowledge({ archive: new Map([[KEY, MISSED]]) })).level, "none");
});
