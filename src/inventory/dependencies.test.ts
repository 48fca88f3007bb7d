import assert from "node:assert/strict";
import { test } from "node:test";
import { cpuTime } from "../../test/support/cpu-time.ts";
import { pathFromText } from "../rootfs/path.ts";
import { dependenciesOf } from "./dependencies.ts";
import type { FoundPackage } from "./found-package.ts";
import type { PackageType } from "./package.ts";

const found = (
  type: PackageType,
  name: string,
  version: string,
  needs: readonly string[],
  record = "",
): FoundPackage => ({
  facts: {
    ...{ type, name, version, architecture: "", source: undefined, licenses: [] },
    dependencies: needs.map((each) => [each]),
  },
  purl: `pkg:${type}/${name}@${version}`,
  locations: [{ record: pathFromText(record), layer: 0, inside: undefined }],
  ...{
    files: [],
    directories: [],
    md5: new Map(),
    listedIn: 0,
    carriedIn: new Map(),
    isOfSystem: false,
    carriedFrom: undefined,
  },
});

test("names of Python are the same however they are written, and what nobody has is missing", () => {
  const [first] = dependenciesOf([
    found("pypi", "app", "1", ["Zope.Interface", "gone"]),
    found("pypi", "zope-interface", "6", []),
  ]);
  assert.deepEqual(first, { dependsOn: ["pkg:pypi/zope-interface@6"], missing: [["gone"]] });
});

test("modules of Node.js are found in the root directory too", () => {
  const [, , needs] = dependenciesOf([
    found("npm", "b", "1", [], "node_modules/b/package.json"),
    found("npm", "b", "2", [], "node_modules/a/node_modules/b/package.json"),
    found("npm", "c", "1", ["b"], "node_modules/c/package.json"),
  ]);
  assert.deepEqual(needs, { dependsOn: ["pkg:npm/b@1"], missing: [] });
});

test("thousands of packages of one name that need one another are told in bounded time", () => {
  for (const type of ["npm", "generic"] as const) {
    const many = Array.from({ length: 20_000 }, (_, index) =>
      found(type, "a", String(index), ["a"], `node_modules/x${index}/node_modules/a/package.json`),
    );
    const before = cpuTime();
    assert.equal(dependenciesOf(many).length, many.length);
    assert.ok(cpuTime() - before < 5000);
  }
});
