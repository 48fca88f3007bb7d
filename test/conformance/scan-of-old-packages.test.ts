import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { zstdDecompressSync } from "node:zlib";
import { storedName } from "../../src/advisories/stored-name.ts";
import { mustDistill } from "../support/cli.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { buildInventoryImage } from "../support/inventory-images.ts";
import { naiveMatch, type RawRecord } from "../support/naive-matcher.ts";
import { OLD_APP, OLD_NPM, OLD_PYPI } from "../support/old-packages.ts";
import { sharedPath, unlessShared } from "../support/shared.ts";
import { unlessTools } from "../support/tools.ts";
import { placesOf, versionsIn } from "../support/version-places.ts";

const FILES = { "osv-pypi": ["pypi", "pypi.ghsa"], "osv-npm": ["npm.ghsa"] } as const;
const paths = (names: readonly string[]): readonly string[] => names.map((name) => `advisories/${name}.osv.jsonl.zst`);
const SKIP =
  [...paths(FILES["osv-pypi"]), ...paths(FILES["osv-npm"])]
    .map((file) => unlessShared(file))
    .find((each) => each !== false) ?? unlessTools("python3");

interface Shown {
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  readonly findings: readonly { readonly package: number; readonly id: string; readonly aliases: readonly string[] }[];
}

const directory = makeTemporaryDirectory();
const env = { DISTILL_HOME: `${directory.path}/home` };
after(() => directory.remove());

describe("an app of old packages, with the whole snapshot of advisories", { skip: SKIP }, () => {
  let findings: ReadonlySet<string>;

  before(async () => {
    await buildInventoryImage(OLD_APP, directory.path, env.DISTILL_HOME);
    const sources = Object.entries(FILES).flatMap(([feed, names]) =>
      paths(names).flatMap((path) => ["--source", `${feed}=${sharedPath(path)}`]),
    );
    await mustDistill(["advisories", "update", "-q", ...Object.keys(FILES), ...sources], { env });
    const { stdout } = await mustDistill(["scan", "-q", "--offline", OLD_APP.name, "--format", "json"], { env });
    const shown = JSON.parse(stdout) as Shown;
    findings = new Set(
      shown.findings.flatMap(({ package: at, id, aliases }) =>
        [id, ...aliases].map((name) => `${shown.packages[at]?.name} ${name}`),
      ),
    );
  });

  test("has what a second matcher finds for PyPI in the records themselves, and nothing else", () => {
    const expected = naive(paths(FILES["osv-pypi"]), "PyPI", OLD_PYPI);
    assert.ok(expected.size > 100);
    const names = new Set(OLD_PYPI.map(([name]) => name));
    assert.deepEqual(told(findings, names), [...expected].sort());
  });

  test("has what a second matcher finds for npm in the records themselves, and nothing else", () => {
    const expected = naive(paths(FILES["osv-npm"]), "npm", OLD_NPM);
    assert.ok(expected.size > 30);
    const names = new Set(OLD_NPM.map(([name]) => name));
    assert.deepEqual(told(findings, names), [...expected].sort());
  });
});

function told(findings: ReadonlySet<string>, names: ReadonlySet<string>): readonly string[] {
  return [...findings].filter((each) => names.has(each.slice(0, each.lastIndexOf(" ")))).sort();
}

/** By package and each name of each flaw. */
function naive(
  files: readonly string[],
  ecosystem: "PyPI" | "npm",
  packages: readonly (readonly [string, string])[],
): ReadonlySet<string> {
  const found = new Set<string>();
  const records = files.flatMap(recordsIn);
  const type = ecosystem === "PyPI" ? "pypi" : "npm";
  for (const [name, version] of packages) {
    const isPackage = (of: string, called: string): boolean =>
      of === ecosystem && storedName(of, called) === storedName(of, name);
    const own = records.filter(({ affected = [] }) =>
      affected.some(({ package: of }) => of !== undefined && isPackage(of.ecosystem, of.name)),
    );
    const flaws = naiveMatch(own, isPackage, version, placesOf(type, [version, ...versionsIn(own)]));
    assert.ok(flaws !== undefined, `${name} has versions without a place`);
    for (const [names, affected] of flaws) {
      if (affected) for (const each of names.split(" ")) found.add(`${name} ${each}`);
    }
  }
  return found;
}

function recordsIn(file: string): readonly RawRecord[] {
  const text = zstdDecompressSync(readFileSync(sharedPath(file))).toString("utf8");
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as RawRecord]));
}
