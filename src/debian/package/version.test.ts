import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { IS_SHARE } from "../../../test/support/share.ts";
import { sharedPath, unlessShared } from "../../../test/support/shared.ts";
import { hasTool, unlessTools } from "../../../test/support/tools.ts";
import { compareVersions } from "./version.ts";

const STATUS = "/var/lib/dpkg/status";
const SIGNS = ["<", "=", ">"];

test("agrees with every shared case", { skip: unlessShared("cases/versions/debian.txt") }, () => {
  const lines = readFileSync(sharedPath("cases/versions/debian.txt"), "utf8").trim().split("\n");
  assert.ok(lines.length > 1000);
  for (const line of lines) {
    const [a = "", sign = "", b = ""] = line.split(" ");
    assert.equal(SIGNS[compareVersions(a, b) + 1], sign, line);
    assert.equal(compareVersions(b, a), -compareVersions(a, b) + 0, line);
  }
});

test("a missing revision is less than any but 0, a tilde is less than the end, an epoch outweighs all", () => {
  const ascending = ["1.0~rc1", "1.0~rc1-1", "1.0", "1.0-1", "1.0-1+b1", "1.0a", "1.0+x", "1.1", "1:0.1"];
  for (const [index, version] of ascending.entries()) {
    for (const [other, later] of ascending.entries()) {
      assert.equal(compareVersions(version, later), Math.sign(index - other), `${version} ${later}`);
    }
  }
  assert.equal(compareVersions("1.0", "0:1.00-0"), 0);
  assert.equal(compareVersions("99999999999999999999999.1", "99999999999999999999999.2"), -1);
});

test("is a total order over any strings", () => {
  const text = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.string({ unit: fc.constantFrom(..."019.+~-:aZ"), maxLength: 10 }),
  );
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      assert.equal(compareVersions(a, b) + compareVersions(b, a), 0);
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) assert.ok(compareVersions(a, c) <= 0);
      if (compareVersions(a, b) === 0) assert.equal(compareVersions(a, c), compareVersions(b, c));
    }),
    { numRuns: 2000 },
  );
});

test("agrees with dpkg on many pairs of this machine's package lists", {
  skip: unlessTools("dpkg", "sh") || (existsSync(STATUS) ? false : `needs ${STATUS}`),
}, () => {
  const pairs = realPairs(IS_SHARE ? 400 : 2000).map(([a, b]) =>
    [a, ["lt", "eq", "gt"][compareVersions(a, b) + 1], b].join(" "),
  );
  const script = 'while read -r a op b; do dpkg --compare-versions "$a" "$op" "$b" || echo "$a $op $b"; done';
  assert.equal(execFileSync("sh", ["-c", script], { input: `${pairs.join("\n")}\n`, encoding: "utf8" }), "");
});

/** Pairs of versions that are published: neighbours in the alphabet, which share long beginnings, and distant ones. */
function realPairs(count: number): [string, string][] {
  const available = hasTool("apt-cache")
    ? execFileSync("apt-cache", ["dumpavail"], { encoding: "latin1", maxBuffer: 2 ** 28 })
    : "";
  const text = `${readFileSync(STATUS, "latin1")}\n${available}`;
  const versions = [...new Set([...text.matchAll(/^Version: (\S+)$/gm)].map(([, version = ""]) => version))].sort();
  return Array.from({ length: count }, (_, index) => {
    const first = (index * 7919) % versions.length;
    const second = index % 2 === 0 ? first + 1 : first * 31 + 17;
    return [versions[first] ?? "", versions[second % versions.length] ?? ""];
  });
}
