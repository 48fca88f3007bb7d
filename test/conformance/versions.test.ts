import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { orderOf } from "../../src/advisories/versions/order-of.ts";
import type { PackageType } from "../../src/inventory/package.ts";
import { sharedPath, unlessShared } from "../support/shared.ts";

const SIGNS = ["<", "=", ">"];

/** Tables by the types of packages whose order they show, and how many lines they have at least. */
const TABLES: readonly (readonly [table: string, type: PackageType, lines: number])[] = [
  ["debian", "deb", 1000],
  ["alpine", "apk", 1000],
  ["pypi", "pypi", 1000],
  ["semver", "npm", 40],
  ["semver", "cargo", 40],
  ["semver", "golang", 40],
  ["maven", "maven", 40],
  ["rubygems", "gem", 10],
];

/**
 * What is not ordered on purpose, by the form of the line and with the reason. The ecosystem's own tools refuse these
 * versions, so that no range says anything of them; a record can still name them one by one.
 */
const NO_VERSIONS: Partial<Record<PackageType, readonly (readonly [version: RegExp, reason: string])[]>> = {
  apk: [
    [/^\.|^[^0-9]/, "apk: a version begins with a digit"],
    [/-(?!r[0-9]+$)/, "apk: behind a hyphen only the revision, which ends the version"],
    [/_(?!(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*(?:[_~-]|$))/, "apk: no such suffix"],
  ],
  pypi: [
    [/^[^0-9v]/i, "PEP 440: a version begins with a digit"],
    [/^[0-9.]+-[a-z]+$/, "PEP 440: a word that is none of its phases"],
    [/^[0-9.]+[mp][0-9]+$/, "PEP 440: neither m nor p is a phase"],
    [/T[0-9:]+/, "PEP 440: a point in time"],
  ],
};

for (const [table, type, atLeast] of TABLES) {
  const path = `cases/versions/${table}.txt`;
  test(`versions of ${type} follow one another as in ${table}.txt`, { skip: unlessShared(path) }, () => {
    const order = orderOf(type);
    assert.ok(order !== undefined);
    const lines = readFileSync(sharedPath(path), "utf8").trim().split("\n");
    assert.ok(lines.length >= atLeast);
    for (const line of lines) {
      const [a = "", sign = "", b = ""] = line.split(" ");
      const unordered = [a, b].filter((each) => !order.has(each));
      for (const each of unordered) {
        assert.ok(
          NO_VERSIONS[type]?.some(([form]) => form.test(each)),
          `${line}: ${each} is taken for no version`,
        );
      }
      if (unordered.length > 0) continue;
      assert.equal(SIGNS[(order.compare(a, b) ?? Number.NaN) + 1], sign, line);
      assert.equal(order.compare(b, a), -(order.compare(a, b) ?? Number.NaN) + 0, line);
    }
  });
}

test("what is not ordered on purpose is refused", () => {
  const refused: Partial<Record<PackageType, readonly string[]>> = {
    apk: [".1", "1-ruff", "1-r0-1", "1.2_blah"],
    pypi: ["-class.-jw.util.version.version-preview", "0.1-charmander", "0.8.1p1", "0.4m5", "2013-06-01T10:32:51+0200"],
  };
  for (const type of ["apk", "pypi"] as const) {
    for (const version of refused[type] ?? []) assert.equal(orderOf(type)?.has(version), false, version);
  }
});
