import assert from "node:assert/strict";
import { test } from "node:test";
import { assessed, comparisonOf, comparedFinding as flaw, imageFacts } from "../../../test/support/comparisons.ts";
import type { FeedDate, Vulnerabilities } from "../vulnerabilities.ts";
import { checkConditions } from "./check-conditions.ts";
import { parseConditions } from "./parse-conditions.ts";
import { QUANTITIES } from "./quantity.ts";

const answers = async (text: string, a: Vulnerabilities, b: Vulnerabilities) =>
  checkConditions(parseConditions(text, "c"), await comparisonOf({ vulnerabilities: a }, { vulnerabilities: b })).map(
    ({ answer }) => answer,
  );
const KEV: FeedDate = { feed: "kev", dated: "2026-11-20", checked: "2026-11-23T01:00:00.000Z", stale: false };
const unassessed: Vulnerabilities = { status: "unassessed", reason: "no advisory data" };

test("sizes and numbers of things are those of the comparison", async () => {
  const { surface } = imageFacts();
  const comparison = await comparisonOf(
    { sizes: { compressed: 100, uncompressed: 300 } },
    {
      sizes: { compressed: 106, uncompressed: 200 },
      files: { count: 9, bytes: 1 },
      surface: { ...surface, setuid: ["/bin/su"] },
    },
  );
  const text =
    "size.compressed > +5%, size.uncompressed > +5%, files == 9, layers > 2, packages != 0, surface.setuid > 0, surface.shells > 0";
  assert.deepEqual(
    checkConditions(parseConditions(text, "c"), comparison).map(({ answer }) => answer),
    ["met", "not-met", "met", "not-met", "not-met", "met", "not-met"],
  );
});

test("nothing is 0 where nobody could look", async () => {
  const looked = assessed({ packages: { full: 1 } });
  assert.deepEqual(await answers("cves > 0, unassessed > 0, files > 0", looked, unassessed), [
    ...["unanswered", "unanswered", "not-met"],
  ]);
  assert.deepEqual(await answers("cves > 0, cves > +0", unassessed, looked), ["not-met", "unanswered"]);
});

test("packages of which nothing is known can be asked about", async () => {
  const sides = [assessed({ packages: { full: 1 } }), assessed({ packages: { full: 1, none: 2 } })] as const;
  assert.deepEqual(await answers("unassessed > 0, unassessed > 2, unassessed > +1, cves > 0", ...sides), [
    ...["met", "not-met", "met", "not-met"],
  ]);
});

test("findings are counted by severity, fix and use, on each level apart", async () => {
  const b = assessed({
    packages: { full: 2, fixesOnly: 2 },
    feeds: [KEV],
    findings: [
      flaw("1", "x", { severity: "high", fixed: "2" }),
      flaw("2", "x", { severity: "high", exploited: true }),
      flaw("3", "y", { severity: "low", level: "fixes-only", fixed: "3" }),
    ],
  });
  const text =
    "cves > 1, cves > 2, cves.high == 2, cves.critical > 0, cves.low > 0, cves.fixable > 1, cves.fixable > 0, cves.kev > 0";
  assert.deepEqual(await answers(text, b, b), [
    ...["met", "not-met", "met", "not-met", "met", "not-met", "met", "met"],
  ]);
});

test("what is exploited has no answer without the list of it, where there is anything to look up", async () => {
  const some = assessed({ packages: { full: 1 }, findings: [flaw("1", "x")] });
  const none = assessed({ packages: { full: 1 } });
  assert.deepEqual(await answers("cves.kev > 0, cves > 5", none, some), ["unanswered", "not-met"]);
  assert.deepEqual(await answers("cves.kev > 0, cves.kev > +0", some, none), ["not-met", "unanswered"]);
});

test("what a record names of packages that could not be assessed counts, whatever level others have", async () => {
  const b = assessed({
    packages: { fixesOnly: 3, none: 1 },
    findings: [flaw("MAL-1", "x", { severity: "high", kind: "npm" })],
  });
  assert.deepEqual(await answers("cves.high > 0", b, b), ["met"]);
});

test("changes are those of one level, and nothing can be said of two", async () => {
  const full = assessed({ packages: { full: 2 }, findings: [flaw("1", "x")] });
  const fixes = assessed({ packages: { fixesOnly: 2 } });
  assert.deepEqual(await answers("cves > +0, cves < +0", full, fixes), ["unanswered", "unanswered"]);
  assert.deepEqual(await answers("cves > +0, cves < +0", full, full), ["not-met", "not-met"]);
  assert.deepEqual(
    await answers("cves < -0", assessed({ packages: { full: 1, fixesOnly: 1 }, findings: [flaw("1", "x")] }), fixes),
    ["met"],
  );
});

test("each quantity can be asked about", async () => {
  const side = assessed({ packages: { full: 1 } });
  const all = [...QUANTITIES.keys()].map((name) => `${name} < 0`).join(", ");
  assert.deepEqual(new Set(await answers(all, side, side)), new Set(["not-met"]));
});
