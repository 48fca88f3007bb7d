import type { DebianRule } from "../../../src/advisories/advisory.ts";
import type { SourcePackage } from "../../../src/inventory/package.ts";
import { archive, covers, type Feeds, installed, type MatchingRow, tracker } from "../../support/matching.ts";

const SOURCE_FIELD = "Debian Policy 5.6.1 and deb-src-control(5): Source";
const TRACKER = "security-team.debian.org/security_tracker.html";
const ID = "CVE-2024-1000";

const curl = (version: string, system = "debian-12", source?: SourcePackage) =>
  installed("deb", "curl", version, { system, ...(source === undefined ? {} : { source }) });

const about = (rule: Partial<DebianRule>, name = "curl", codename = "bookworm"): Feeds => ({
  "debian-tracker": [tracker(codename, name, ID, rule)],
});

const fixedIn = (fixed: string, name = "curl", codename = "bookworm") =>
  about({ status: "resolved", fixed }, name, codename);

interface Short {
  readonly because?: RegExp;
  readonly rating?: string;
}

function row(
  rule: string,
  source: string,
  pkg: MatchingRow["installed"],
  feeds: Feeds,
  matches: string | undefined,
  more: Short = {},
): MatchingRow {
  return {
    ...{ rule, source, installed: pkg, feeds, level: "full" },
    matches: matches === undefined ? {} : { [ID]: matches },
    ...more,
  };
}

const order = (version: string, fixed: string, expected: string, source: string): MatchingRow =>
  row(`${version} against the fix ${fixed}`, source, curl(version), fixedIn(fixed), expected);

export const DEBIAN_ROWS: readonly MatchingRow[] = [
  row(
    "resolved in a later version",
    TRACKER,
    curl("7.88.1-10"),
    fixedIn("7.88.1-10+deb12u5"),
    "yes, fixed in 7.88.1-10+deb12u5",
    {
      because: /^7\.88\.1-10 is older than 7\.88\.1-10\+deb12u5/,
    },
  ),
  row("resolved in this version", TRACKER, curl("7.88.1-10+deb12u5"), fixedIn("7.88.1-10+deb12u5"), "no"),
  row("resolved in an earlier version", TRACKER, curl("7.88.1-10+deb12u9"), fixedIn("7.88.1-10+deb12u5"), "no"),
  row("resolved in 0 never was affected", TRACKER, curl("0.1"), fixedIn("0"), "no", { because: /never had it/ }),
  row("resolved, and nobody says where", TRACKER, curl("7.88.1-10"), about({ status: "resolved" }), "unknown"),
  row("open: every version", TRACKER, curl("99:99"), about({}), "yes, not-fixed", { because: /^open in this release/ }),
  row(
    "undetermined is neither affected nor safe",
    "security tracker: <undetermined>; peers disagree (vunnel and trivy-db skip it, osv.dev takes it for affected)",
    curl("7.88.1-10"),
    about({ status: "undetermined" }),
    "unknown",
  ),
  row(
    "no DSA: affected, and a point release may bring the fix",
    "security tracker: <no-dsa>; trivy-db newStatus",
    curl("1"),
    about({ nodsa: "Minor issue", nodsaReason: "" }),
    "yes, not-fixed",
    { because: /plans no advisory for it \(Minor issue\)/ },
  ),
  row(
    "ignored: will not be fixed",
    "security tracker: <ignored>",
    curl("1"),
    about({ nodsa: "Intrusive to backport", nodsaReason: "ignored" }),
    "yes, wont-fix",
    { because: /will not fix it \(Intrusive to backport\)/ },
  ),
  row(
    "postponed: comes later",
    "security tracker: <postponed>",
    curl("1"),
    about({ nodsa: "Minor", nodsaReason: "postponed" }),
    "yes, deferred",
  ),
  row(
    "end of life: no fix to come",
    "security tracker: <end-of-life>",
    curl("1"),
    about({ urgency: "end-of-life" }),
    "yes, end-of-life",
  ),
  row(
    "end of life goes before no DSA",
    "security tracker: <end-of-life>",
    curl("1"),
    about({ urgency: "end-of-life", nodsa: "EOL in LTS", nodsaReason: "ignored" }),
    "yes, end-of-life",
  ),
  row(
    "unimportant is a flag, not a state",
    "security tracker: unimportant; osv-scanner hides it",
    curl("1"),
    about({ urgency: "unimportant" }),
    "yes, not-fixed, unimportant",
    { rating: "negligible by Debian" },
  ),
  row(
    "unimportant and fixed later",
    "security tracker: unimportant",
    curl("1"),
    about({ status: "resolved", fixed: "2", urgency: "unimportant" }),
    "yes, fixed in 2, unimportant",
  ),
  row(
    "unimportant and fixed here",
    "security tracker: unimportant",
    curl("2"),
    about({ status: "resolved", fixed: "2", urgency: "unimportant" }),
    "no",
  ),
  row(
    "a fix that only no-DSA was said of",
    "trivy-db debian_test: no-dsa lines that a point release fixed later",
    curl("1-1"),
    about({ status: "resolved", fixed: "1-1+deb12u1", nodsa: "Minor issue" }),
    "yes, fixed in 1-1+deb12u1",
  ),

  row(
    "the source package is asked, not the binary",
    SOURCE_FIELD,
    installed("deb", "libcurl4", "7.88.1-10", { system: "debian-12", source: { name: "curl", version: "" } }),
    fixedIn("7.88.1-11"),
    "yes, fixed in 7.88.1-11",
  ),
  row(
    "a record about the binary's name is about another source",
    "osv-scanner#1422",
    installed("deb", "libcurl4", "7.88.1-10", { system: "debian-12", source: { name: "curl", version: "" } }),
    fixedIn("7.88.1-11", "libcurl4"),
    undefined,
  ),
  row(
    "without Source the name is the source's",
    SOURCE_FIELD,
    curl("7.88.1-10"),
    fixedIn("7.88.1-11"),
    "yes, fixed in 7.88.1-11",
  ),
  row(
    "Source: name (version): that version is compared",
    SOURCE_FIELD,
    installed("deb", "libpython3-stdlib", "3.11.2-1+b1", {
      system: "debian-12",
      source: { name: "python3-defaults", version: "3.11.2-1" },
    }),
    fixedIn("3.11.2-1+a", "python3-defaults"),
    "yes, fixed in 3.11.2-1+a",
  ),
  row(
    "an own version of the binary is not compared",
    "claircore debian/matcher.go compares bsdutils 1:2.38.1-5 with util-linux",
    installed("deb", "bsdutils", "1:2.38.1-5", {
      system: "debian-12",
      source: { name: "util-linux", version: "2.38.1-5" },
    }),
    fixedIn("2.38.1-6", "util-linux"),
    "yes, fixed in 2.38.1-6",
  ),
  row(
    "a rebuild has the fix of its source",
    "Debian Developer's Reference 5.10.2.1: binNMU",
    installed("deb", "libmarkupsafe", "2.1.2-1+b1", {
      system: "debian-12",
      source: { name: "markupsafe", version: "2.1.2-1" },
    }),
    fixedIn("2.1.2-1", "markupsafe"),
    "no",
  ),

  row("12 is bookworm", "wiki.debian.org/DebianReleases", curl("1", "debian-12"), fixedIn("2"), "yes, fixed in 2"),
  row(
    "12.5 is bookworm",
    "purl-spec: distro; wiki.debian.org/DebianReleases",
    curl("1", "debian-12.5"),
    fixedIn("2"),
    "yes, fixed in 2",
  ),
  row(
    "13 is trixie",
    "wiki.debian.org/DebianReleases",
    curl("1", "debian-13"),
    fixedIn("2", "curl", "trixie"),
    "yes, fixed in 2",
  ),
  row(
    "11 is bullseye",
    "wiki.debian.org/DebianReleases",
    curl("1", "debian-11"),
    fixedIn("2", "curl", "bullseye"),
    "yes, fixed in 2",
  ),
  row(
    "a codename is a release",
    "purl-spec: distro",
    curl("1", "debian-trixie"),
    fixedIn("2", "curl", "trixie"),
    "yes, fixed in 2",
  ),
  row(
    "unstable is sid",
    "wiki.debian.org/DebianUnstable",
    curl("1", "debian-unstable"),
    fixedIn("2", "curl", "sid"),
    "yes, fixed in 2",
  ),
  row(
    "a fix in another release is none here",
    TRACKER,
    curl("1-1", "debian-12"),
    {
      "debian-tracker": [
        tracker("bookworm", "curl", ID),
        tracker("sid", "curl", ID, { status: "resolved", fixed: "2" }),
      ],
    },
    "yes, not-fixed",
  ),
  row(
    "nothing is said of a package: it is known to have nothing",
    TRACKER,
    curl("1"),
    { "debian-tracker": [covers("debian:bookworm")] },
    undefined,
  ),

  order("1:1.0-1", "2.0-1", "no", "deb-version(7): epoch"),
  order("1.0~rc1-1", "1.0-1", "yes, fixed in 1.0-1", "deb-version(7): the tilde sorts before the end"),
  order("1.0-1~deb12u1", "1.0-1", "yes, fixed in 1.0-1", "deb-version(7): the tilde sorts before the end"),
  order("1.0-1+deb12u1", "1.0-1", "no", "deb-version(7)"),
  order("1.10-1", "1.9-1", "no", "deb-version(7): digits by value"),
  order("1.0-1", "1.0-1.1", "yes, fixed in 1.0-1.1", "Debian Policy 5.6.12: NMU"),
  order("1.0a-1", "1.0+b-1", "yes, fixed in 1.0+b-1", "deb-version(7): letters before other characters"),
  order("1.0-0", "1.0", "no", "deb-version(7): a missing revision is 0"),

  row(
    "the tracker says no: the changelog of a newer version does not say yes",
    TRACKER,
    curl("1"),
    { ...fixedIn("0"), "debian-archive": [archive("bookworm", "curl", ID, "2")] },
    "no",
  ),
  row(
    "a changelog names the fix that the tracker does not have yet",
    "deb-changelog(5): CVE ids of an entry",
    curl("1"),
    { ...about({}), "debian-archive": [archive("bookworm", "curl", ID, "2")] },
    "yes, fixed in 2",
  ),
];
