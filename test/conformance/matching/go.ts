import { installed, type MatchingRow, osv } from "../../support/matching.ts";

const MODULES = "go.dev/ref/mod: versions, pseudo-versions";
const DATABASE = "go.dev/doc/security/vuln/database: versions have no v or go in front";
const ID = "GO-2024-1";

function row(rule: string, name: string, version: string, range: string, match: string, source: string): MatchingRow {
  return {
    ...{ rule, source, installed: installed("golang", name, version), level: "full", matches: { [ID]: match } },
    feeds: { "osv-go": [osv("Go", name, ID, { ranges: [range] })] },
  };
}

const module = (rule: string, version: string, range: string, match: string, source = MODULES): MatchingRow =>
  row(rule, "golang.org/x/net", version, range, match, source);
const stdlib = (rule: string, version: string, range: string, match: string): MatchingRow =>
  row(rule, "stdlib", version, range, match, DATABASE);

const CAPITALS = "github.com/Masterminds/sprig";

export const GO_ROWS: readonly MatchingRow[] = [
  module("the v is no part of it", "v0.16.0", ">=0 <0.17.0", "yes, fixed in 0.17.0", DATABASE),
  module("the v is no part of it", "v0.17.0", ">=0 <0.17.0", "no", DATABASE),
  module(
    "a pseudo-version without a tag is before all",
    "v0.0.0-20201021035429-f5854403a974",
    ">=0 <0.0.0-20210520170846-37e1c6afe023",
    "yes, fixed in 0.0.0-20210520170846-37e1c6afe023",
  ),
  module(
    "a later pseudo-version",
    "v0.0.0-20220127200216-cd36cc0744dd",
    ">=0 <0.0.0-20210520170846-37e1c6afe023",
    "no",
  ),
  module(
    "a pseudo-version is before the next tag",
    "v0.0.0-20220127200216-cd36cc0744dd",
    ">=0 <0.1.0",
    "yes, fixed in 0.1.0",
  ),
  module("a pseudo-version behind a tag", "v1.2.4-0.20191109021931-daa7c04131f5", ">=0 <1.2.3", "no"),
  module(
    "a pseudo-version behind a tag is before the next",
    "v1.2.4-0.20191109021931-daa7c04131f5",
    ">=0 <1.2.4",
    "yes, fixed in 1.2.4",
  ),
  module(
    "a pseudo-version behind a pre-release",
    "v1.2.3-pre.0.20191109021931-daa7c04131f5",
    ">=0 <1.2.3",
    "yes, fixed in 1.2.3",
  ),
  row(
    "+incompatible is ignored",
    "github.com/docker/docker",
    "v20.10.24+incompatible",
    ">=0 <20.10.24",
    "no",
    "go.dev/ref/mod: incompatible versions",
  ),
  row(
    "+incompatible is ignored",
    "github.com/docker/docker",
    "v20.10.23+incompatible",
    ">=0 <20.10.24",
    "yes, fixed in 20.10.24",
    "go.dev/ref/mod: incompatible versions",
  ),
  stdlib("Go's own version", "1.21.0", ">=1.21.0-0 <1.21.1", "yes, fixed in 1.21.1"),
  stdlib("Go's own version, as Go writes it", "go1.21.0", ">=1.21.0-0 <1.21.1", "yes, fixed in 1.21.1"),
  stdlib("without a patch it is 0", "1.20", ">=0 <1.20.1", "yes, fixed in 1.20.1"),
  stdlib("a release candidate is in a range from -0 on", "1.21rc2", ">=1.21.0-0 <1.21.1", "yes, fixed in 1.21.1"),
  stdlib("another line", "1.20.14", ">=1.21.0-0 <1.21.1", "no"),
  stdlib("of two lines the one's fix", "1.15.3", ">=1.14.0-0 <1.14.12 >=1.15.0-0 <1.15.5", "yes, fixed in 1.15.5"),
  {
    ...row("paths differ by case", CAPITALS, "v1.0.0", ">=0", "", "go.dev/ref/mod: module paths"),
    feeds: { "osv-go": [osv("Go", CAPITALS.toLowerCase(), ID, { ranges: [">=0"] })] },
    matches: {},
  },
  {
    ...row(
      "another major version is another module",
      "github.com/a/b",
      "v1.0.0",
      ">=0",
      "",
      "go.dev/ref/mod: major version suffixes",
    ),
    feeds: { "osv-go": [osv("Go", "github.com/a/b/v2", ID, { ranges: [">=0"] })] },
    matches: {},
  },
];
