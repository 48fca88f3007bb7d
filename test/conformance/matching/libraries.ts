import type { FeedId } from "../../../src/advisories/feed.ts";
import type { PackageType } from "../../../src/inventory/package.ts";
import { installed, type MatchingRow, osv } from "../../support/matching.ts";

const ID = "GHSA-aaaa-bbbb-cccc";

function table(type: PackageType, feed: FeedId, ecosystem: string, name: string) {
  return (version: string, range: string, match: string, source: string): MatchingRow => ({
    ...{ rule: `${version} in ${range}`, source, level: "full", matches: { [ID]: match } },
    installed: installed(type, name, version),
    feeds: { [feed]: [osv(ecosystem, name, ID, { ranges: [range] })] },
  });
}

const crate = table("cargo", "osv-crates", "crates.io", "time");
const maven = table("maven", "osv-maven", "Maven", "org.apache.logging.log4j:log4j-core");
const gem = table("gem", "osv-rubygems", "RubyGems", "nokogiri");

const CARGO = "doc.rust-lang.org/cargo: SemVer; rustsec advisory format";
const POM = "maven.apache.org/pom.html: version order specification";
const GEM = "docs.ruby-lang.org Gem::Version";

export const LIBRARY_ROWS: readonly MatchingRow[] = [
  crate("0.1.43", ">=0.0.0-0 <0.2.23", "yes, fixed in 0.2.23", CARGO),
  crate("0.2.23", ">=0.0.0-0 <0.2.23", "no", CARGO),
  crate("0.2.0-alpha.1", ">=0.2.0-0 <0.2.23", "yes, fixed in 0.2.23", CARGO),
  crate("1.0.0+wasi", ">=0 <1.0.0", "no", CARGO),
  maven("2.14.1", ">=2.13.0 <2.15.0", "yes, fixed in 2.15.0", POM),
  maven("2.15.0", ">=2.13.0 <2.15.0", "no", POM),
  maven("2.15.0-SNAPSHOT", ">=2.13.0 <2.15.0", "yes, fixed in 2.15.0", POM),
  maven("2.0-beta9", ">=2.0-beta9 <2.3.1", "yes, fixed in 2.3.1", POM),
  maven("2.0-alpha1", ">=2.0-beta9 <2.3.1", "no", POM),
  maven("2.15", ">=2.13.0 <2.15.0", "no", POM),
  maven("2.15.0.Final", ">=2.13.0 <2.15.0", "no", POM),
  maven("1.0-sp1", ">=0 <1.0", "no", POM),
  maven("31.1-jre", ">=0 <32.0.0-android", "yes, fixed in 32.0.0-android", POM),
  gem("1.13.9", ">=0 <1.13.10", "yes, fixed in 1.13.10", GEM),
  gem("1.13.10", ">=0 <1.13.10", "no", GEM),
  gem("1.13.10.rc1", ">=0 <1.13.10", "yes, fixed in 1.13.10", GEM),
  gem("1.13", ">=0 <1.13.0", "no", GEM),
  {
    ...maven("1.0", ">=0", "", "maven.apache.org: coordinates"),
    rule: "another group is another package",
    feeds: { "osv-maven": [osv("Maven", "log4j:log4j-core", ID, { ranges: [">=0"] })] },
    matches: {},
  },
];
