import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { orderOf } from "../../src/advisories/versions/order-of.ts";
import type { PackageType } from "../../src/inventory/package.ts";
import { PACKAGING_PARSE } from "../support/packaging-parse.ts";
import { unlessTools } from "../support/tools.ts";

const SIGNS = ["<", "=", ">"];

/** Reads versions a line, and writes of each pair of neighbours how they compare, "?" where one of them is none. */
const PACKAGING = `${PACKAGING_PARSE}versions = [parse(line) for line in sys.stdin.read().split("\\n")[:-1]]
for a, b in zip(versions, versions[1:]):
    print("?" if a is None or b is None else "<" if a < b else ">" if a > b else "=")
`;

/** Where Debian's maven has them. */
const JARS = ["maven-artifact-3.x", "commons-lang3", "plexus-utils2"].map((name) => `/usr/share/java/${name}.jar`);

/** RPM's own answers need versions that it accepts: no two dots in a row. */
const RPM_PIECES = ["1", "02", "10", ".1", ".a", "rc", "B", "~", "^", "_", "+"];
const PEP440_PIECES = [
  ...[
    "1",
    "02",
    ".1",
    ".0",
    "1!",
    "a",
    "b1",
    ".c",
    "alpha",
    "-rc",
    "_pre2",
    "-1",
    ".post",
    "r3",
    "-rev",
    ".dev",
    "dev4",
  ],
  ...["+", "+a.1", ".a", "-", "_"],
];
const MAVEN_PIECES = [
  ".1",
  ".10",
  "-2",
  "-alpha-1",
  "-b2",
  "m3",
  "-rc",
  "RC1",
  "-SNAPSHOT",
  "-sp",
  "sp2",
  "-jre",
  "x",
  "-foo.1",
];

test("PEP 440: agrees with the packaging library of Python", { skip: unlessPython() }, () => {
  const versions = sample(PEP440_PIECES);
  const output = execFileSync("python3", ["-c", PACKAGING], { input: `${versions.join("\n")}\n`, encoding: "utf8" });
  assert.deepEqual(ours("pypi", versions), expected(versions, output));
});

test("rpm: agrees with rpm", { skip: unlessTools("rpm") }, () => {
  const versions = sample(RPM_PIECES).slice(0, 1000);
  const calls = pairsOf(versions).map(([a, b]) => `print(("<=>"):sub(rpm.vercmp("${a}", "${b}") + 2):sub(1, 1))`);
  const output = execFileSync("rpm", ["--eval", `%{lua: ${calls.join(" print('\\n') ")}}`], { encoding: "utf8" });
  assert.deepEqual(ours("rpm", versions), expected(versions, output.replaceAll(/\n+/g, "\n")));
});

test("Maven: agrees with its ComparableVersion", {
  skip: unlessTools("java") || (JARS.every((path) => existsSync(path)) ? false : `needs ${JARS.join(", ")}`),
}, () => {
  const versions = sample(MAVEN_PIECES);
  const main = "org.apache.maven.artifact.versioning.ComparableVersion";
  const output = execFileSync("java", ["-cp", JARS.join(":"), main, ...versions], { encoding: "utf8" });
  const signs = [...output.matchAll(/^ {3}\S+ (<|>|==) \S+$/gm)].map(([, sign = ""]) => sign.slice(0, 1));
  assert.deepEqual(ours("maven", versions), expected(versions, signs.join("\n")));
});

/** The same versions in every run. */
function sample(pieces: readonly string[]): readonly string[] {
  const version = fc
    .tuple(fc.constantFrom("1", "1.1", "2"), fc.array(fc.constantFrom(...pieces), { maxLength: 4 }))
    .map(([head, tail]) => head + tail.join(""));
  return fc.sample(version, { numRuns: 4000, seed: 9 });
}

function pairsOf(versions: readonly string[]): readonly (readonly [string, string])[] {
  return versions.slice(1).map((version, index) => [versions[index] ?? "", version]);
}

function ours(type: PackageType, versions: readonly string[]): readonly string[] {
  return pairsOf(versions).map(([a, b]) => {
    const order = orderOf(type)?.compare(a, b);
    return `${a} ${order === undefined ? "?" : SIGNS[order + 1]} ${b}`;
  });
}

function expected(versions: readonly string[], answers: string): readonly string[] {
  const signs = answers.trim().split("\n");
  assert.equal(signs.length, versions.length - 1);
  return pairsOf(versions).map(([a, b], index) => `${a} ${signs[index]} ${b}`);
}

function unlessPython(): false | string {
  const missing = unlessTools("python3");
  if (missing !== false) return missing;
  return spawnSync("python3", ["-c", PACKAGING], { input: "1\n" }).status === 0
    ? false
    : "needs Python's packaging or pip";
}
