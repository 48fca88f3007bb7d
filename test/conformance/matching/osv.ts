import { installed, type MatchingRow, osv } from "../../support/matching.ts";

const EVALUATION = "osv-schema docs/schema.md: Evaluation";
const ID = "GHSA-aaaa-bbbb-cccc";

interface Rule {
  readonly ranges?: readonly string[];
  readonly versions?: readonly string[];
}

function row(rule: string, version: string, of: Rule, match: string, source = EVALUATION): MatchingRow {
  return {
    ...{ rule, source, installed: installed("npm", "a", version), level: "full", matches: { [ID]: match } },
    feeds: { "osv-npm": [osv("npm", "a", ID, of)] },
  };
}

const TWO = { ranges: [">=1.0.0 <1.5.0 >=2.0.0 <2.1.0"] };
const UNSORTED = { ranges: ["<2.1.0 >=2.0.0 <1.5.0 >=1.0.0"] };

export const OSV_ROWS: readonly MatchingRow[] = [
  row("introduced is inside", "1.0.0", TWO, "yes, fixed in 1.5.0"),
  row("before introduced", "0.9.9", TWO, "no"),
  row("the last before fixed", "1.4.99", TWO, "yes, fixed in 1.5.0"),
  row("fixed is outside", "1.5.0", TWO, "no"),
  row("between two ranges", "1.9.0", TWO, "no"),
  row("introduced again", "2.0.0", TWO, "yes, fixed in 2.1.0"),
  row("behind all", "2.1.0", TWO, "no"),
  row("events are sorted first", "1.2.0", UNSORTED, "yes, fixed in 1.5.0"),
  row("events are sorted first", "1.7.0", UNSORTED, "no"),
  row(
    "introduced 0 is before everything",
    "0.0.0-alpha",
    { ranges: [">=0 <1.0.0"] },
    "yes, fixed in 1.0.0",
    "osv-schema: introduced 0",
  ),
  row("nothing ends it", "99.0.0", { ranges: [">=0"] }, "yes, not-fixed"),
  row(
    "last affected is inside",
    "1.5.0",
    { ranges: [">=1.0.0 <=1.5.0"] },
    "yes, not-fixed",
    "osv-schema: last_affected",
  ),
  row("behind last affected", "1.5.1", { ranges: [">=1.0.0 <=1.5.0"] }, "no", "osv-schema: last_affected"),
  row("a limit ends the range", "2.0.0", { ranges: [">=1.0.0 limit 2.0.0"] }, "no", "osv-schema: limit, BeforeLimits"),
  row(
    "below one of the limits is enough",
    "2.5.0",
    { ranges: [">=1.0.0 limit 2.0.0 limit 3.0.0"] },
    "yes, not-fixed",
    "osv-schema: limit, BeforeLimits",
  ),
  row("a limit of * is none", "9.0.0", { ranges: [">=1.0.0 limit *"] }, "yes, not-fixed", "osv-schema: limit"),
  row("listed outside of every range", "3.0.0", { ranges: [">=1.0.0 <2.0.0"], versions: ["3.0.0"] }, "yes, not-fixed"),
  row("in a range and not listed", "1.5.0", { ranges: [">=1.0.0 <2.0.0"], versions: ["1.0.0"] }, "yes, fixed in 2.0.0"),
  row("listed only", "1.0.1", { versions: ["1.0.0", "1.0.1"] }, "yes, not-fixed"),
  row("not listed, and nothing else is said", "1.0.2", { versions: ["1.0.0", "1.0.1"] }, "no"),
  row(
    "one of several ranges is enough",
    "2.5.0",
    { ranges: [">=1.0.0 <1.5.0", ">=2.0.0 <3.0.0"] },
    "yes, fixed in 3.0.0",
  ),
  row(
    "in two ranges: the fix is what ends both",
    "1.2.0",
    { ranges: [">=0 <1.5.0", ">=1.0.0 <2.0.0"] },
    "yes, fixed in 2.0.0",
  ),
  row(
    "of several branches the next fix is told",
    "1.2.0",
    { ranges: [">=1.0.0 <1.4.1", ">=2.0.0 <2.0.3"] },
    "yes, fixed in 1.4.1",
  ),
  row(
    "a listed version's fix is the next one",
    "1.2.0",
    { versions: ["1.2.0"], ranges: [">=2.0.0 <2.0.3"] },
    "yes, fixed in 2.0.3",
  ),
  row("never affected", "1.0.0", { ranges: [">=0 <0"] }, "no"),
  row("without an introduction nothing is affected", "1.0.0", { ranges: ["<2.0.0"] }, "no"),
  row(
    "an event that is no version leaves it open",
    "1.0.0",
    { ranges: [">=0 <3.0.3_NA"] },
    "unknown",
    "osv-schema: versions of an ecosystem have its form",
  ),
  {
    ...row("ranges of commits are not about versions", "1.0.0", {}, "unknown", "osv-schema: type GIT"),
    feeds: {
      "osv-npm": [
        {
          ...{ kind: "entry", ecosystem: "npm", name: "a" },
          record: {
            id: ID,
            aliases: [],
            summary: "",
            severities: [],
            published: undefined,
            modified: undefined,
            withdrawn: undefined,
            link: undefined,
          },
          rule: { kind: "osv", ranges: [{ type: "GIT", events: [{ introduced: "0" }] }] },
        },
      ],
    },
  },
  {
    ...row("withdrawn records say nothing", "1.0.0", {}, ""),
    feeds: { "osv-npm": [osv("npm", "a", ID, { ranges: [">=0"] }, { withdrawn: "2024-01-01T00:00:00Z" })] },
    source: "osv-schema: withdrawn",
    matches: {},
  },
  {
    ...row("two blocks of one record: one that says yes is enough", "2.0.0", {}, ""),
    feeds: { "osv-npm": [osv("npm", "a", ID, { versions: ["1.0.0"] }), osv("npm", "a", ID, { ranges: [">=2.0.0"] })] },
    matches: { [ID]: "yes, not-fixed" },
  },
  {
    ...row("a record of two exports counts as the package's own has it", "2.0.0", {}, "yes, fixed in 3.0.0"),
    source: "osv.dev: each export has whole records, as of the day it was fetched",
    feeds: {
      "osv-crates": [osv("npm", "a", ID, { ranges: [">=0 <1.0.0"] })],
      "osv-npm": [osv("npm", "a", ID, { ranges: [">=0 <3.0.0"] })],
    },
  },
  {
    ...row("a record that two exports have counts once", "1.0.0", {}, ""),
    feeds: {
      "osv-npm": [osv("npm", "a", ID, { ranges: [">=0 <2.0.0"] })],
      "osv-pypi": [osv("npm", "a", ID, { ranges: [">=0 <2.0.0"] })],
    },
    source: "osv.dev data dumps: a record is in the dump of each of its ecosystems",
    matches: { [ID]: "yes, fixed in 2.0.0" },
  },
];
