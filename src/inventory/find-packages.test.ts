import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyTree } from "../../test/support/root-trees.ts";
import { pathFromText } from "../rootfs/path.ts";
import type { Claim } from "./claim.ts";
import { findPackages } from "./find-packages.ts";
import type { StandingClaim } from "./standing.ts";

const claimed = (record: string, claim: Claim): StandingClaim => ({ record: pathFromText(record), layer: 0, claim });

const deb = (version: string): Claim => ({
  kind: "package",
  package: {
    ...({ type: "deb", name: "a", version, architecture: "all", source: undefined } as const),
    ...{ licenses: [], dependencies: [] },
  },
  ...{ files: [], directories: [] },
});

const listed = (files: readonly string[], md5: readonly string[] = []): Claim => ({
  ...({ kind: "files", type: "deb", name: "a", architecture: undefined } as const),
  ...{ files, md5 },
});

const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => String(index));

test("checksums in a directory of records are those of the record beside them", () => {
  const at = (name: string) => `var/lib/dpkg/status.d/${name}`;
  const claims = ["1", "2"].flatMap((version) => [
    claimed(at(version), deb(version)),
    claimed(at(`${version}.md5sums`), listed([`lib/${version}`], ["0".repeat(32)])),
  ]);
  assert.deepEqual(
    findPackages(claims, [], emptyTree()).packages.map(({ files }) => files),
    ["1", "2"].map((version) => [at(version), `lib/${version}`, at(`${version}.md5sums`)]),
  );
});

test("thousands of packages of one name do not each get a long list", () => {
  const claims = [
    ...numbers(2000).map((version) => claimed("var/lib/dpkg/status", deb(version))),
    claimed("var/lib/dpkg/info/a.list", listed(numbers(2000))),
  ];
  const { packages } = findPackages(claims, [], emptyTree());
  assert.equal(packages.length, 2000);
  assert.ok(packages.reduce((sum, { files }) => sum + files.length, 0) <= 110_000);
});
