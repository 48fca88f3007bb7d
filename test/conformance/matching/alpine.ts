import type { SourcePackage } from "../../../src/inventory/package.ts";
import { covers, type Feeds, installed, type MatchingRow, osv, secdb } from "../../support/matching.ts";

const SECDB = "secdb.alpinelinux.org: secfixes";
const APK = "apk-tools src/version.c; APKBUILD(5): pkgver";
const ID = "CVE-2024-3000";

const ssl = (version: string, system = "alpine-3.20.3", source?: SourcePackage) =>
  installed("apk", "openssl", version, { system, ...(source === undefined ? {} : { source }) });

function row(
  rule: string,
  source: string,
  pkg: MatchingRow["installed"],
  feeds: Feeds,
  match: string | undefined,
): MatchingRow {
  const matches = match === undefined ? {} : { [ID]: match };
  return { rule, source, installed: pkg, feeds, level: "fixes-only", matches, reason: /nothing that is open/ };
}

const fixed = (version: string, name = "openssl", branch = "v3.20"): Feeds => ({
  "alpine-secdb": [secdb(branch, name, ID, version)],
});
const order = (version: string, fix: string, expected: string): MatchingRow =>
  row(`${version} against the fix ${fix}`, APK, ssl(version), fixed(fix), expected);

const OSV_RECORD = (range: string) =>
  osv("Alpine:v3.20", "openssl", `ALPINE-${ID}`, { ranges: [range] }, { aliases: [ID] });

export const ALPINE_ROWS: readonly MatchingRow[] = [
  row("fixed in a later version", SECDB, ssl("3.3.0-r0"), fixed("3.3.1-r0"), "yes, fixed in 3.3.1-r0"),
  row("fixed here", SECDB, ssl("3.3.1-r0"), fixed("3.3.1-r0"), "no"),
  row("fixed by an earlier revision", SECDB, ssl("3.3.1-r2"), fixed("3.3.1-r1"), "no"),
  row("0 never was affected", "secdb.alpinelinux.org: version 0", ssl("3.3.0-r0"), fixed("0"), "no"),
  row(
    "the origin is asked, not the package",
    "apk-package(5): origin",
    installed("apk", "libssl3", "3.3.0-r0", {
      system: "alpine-3.20.3",
      source: { name: "openssl", version: "3.3.0-r0" },
    }),
    fixed("3.3.1-r0"),
    "yes, fixed in 3.3.1-r0",
  ),
  row(
    "a record about the package's name is about another origin",
    "apk-package(5): origin",
    installed("apk", "libssl3", "3.3.0-r0", {
      system: "alpine-3.20.3",
      source: { name: "openssl", version: "3.3.0-r0" },
    }),
    fixed("3.3.1-r0", "libssl3"),
    undefined,
  ),
  row(
    "without an origin the name is asked",
    "apk-package(5): origin",
    ssl("3.3.0-r0"),
    fixed("3.3.1-r0"),
    "yes, fixed in 3.3.1-r0",
  ),
  row(
    "3.20 without a patch",
    "os-release of Alpine: VERSION_ID",
    ssl("1-r0", "alpine-3.20"),
    fixed("2-r0"),
    "yes, fixed in 2-r0",
  ),
  row(
    "edge is a branch",
    "os-release of Alpine edge: VERSION_ID",
    ssl("1-r0", "alpine-3.22.0_alpha20250108"),
    fixed("2-r0", "openssl", "edge"),
    "yes, fixed in 2-r0",
  ),
  row(
    "another branch is not about this one",
    SECDB,
    ssl("1-r0"),
    { "alpine-secdb": [covers("secdb:v3.20"), secdb("v3.19", "openssl", ID, "2-r0")] },
    undefined,
  ),
  row(
    "OSV has the same facts under the branch",
    "osv-schema: Alpine ecosystems",
    ssl("3.3.0-r0"),
    { "osv-alpine": [OSV_RECORD(">=0 <3.3.1-r0")] },
    "yes, fixed in 3.3.1-r0",
  ),
  row(
    "both feeds say it: one match",
    "osv-schema: upstream",
    ssl("3.3.0-r0"),
    { ...fixed("3.3.1-r0"), "osv-alpine": [OSV_RECORD(">=0 <3.3.1-r0")] },
    "yes, fixed in 3.3.1-r0",
  ),
  row(
    "Alpine says never: what was made of its data does not count",
    "secdb.alpinelinux.org: version 0",
    ssl("3.3.0-r0"),
    { ...fixed("0"), "osv-alpine": [OSV_RECORD(">=0 <3.3.1-r0")] },
    "no",
  ),
  row("nothing is said of a package", SECDB, ssl("1-r0"), { "alpine-secdb": [covers("secdb:v3.20")] }, undefined),
  order("1.2.3-r10", "1.2.3-r9", "no"),
  order("1.2.3_rc1-r0", "1.2.3-r0", "yes, fixed in 1.2.3-r0"),
  order("1.2.3_p1-r0", "1.2.3-r0", "no"),
  order("1.2.3b-r0", "1.2.3-r0", "no"),
  order("1.10-r0", "1.9-r0", "no"),
];
