import { test } from "node:test";
import { assertAscending, assertNoVersions } from "../../../test/support/ascending.ts";

test("pseudo-versions stand where the commit does: before the next release", () => {
  assertAscending("golang", [
    "v0.0.0-20190101000000-abcdefabcdef",
    "v0.0.0-20200101000000-abcdefabcdef",
    "v0.0.1",
    "v1.2.3",
    "v1.2.4-0.20191109021931-daa7c04131f5",
    "v1.2.4-pre",
    "v1.2.4-pre.0.20191109021931-daa7c04131f5",
    ["v1.2.4", "1.2.4", "v1.2.4+incompatible", "v1.2.4+dirty"],
    "v2.0.0+incompatible",
  ]);
});

test("releases of Go are Semantic Versioning, their pre-releases included", () => {
  assertAscending("golang", [
    "1.20.0-0",
    ["go1.20beta1", "1.20.0-beta.1"],
    ["1.20rc1", "1.20.0-rc.1"],
    "go1.20rc10",
    ["go1.20", "1.20.0"],
    "1.20.1",
    "go1.21.0",
  ]);
});

test("a build without a version has none", () => {
  assertNoVersions("golang", ["(devel)", "", "devel go1.23-abc", "go", "go1.19.4b7", "v", "master"]);
});
