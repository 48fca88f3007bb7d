import assert from "node:assert/strict";
import { test } from "node:test";
import { type ChangelogFacts, fixesAfter, readChangelogFacts } from "./changelog-facts.ts";

/** Newest first. */
function factsOf(...entries: readonly (readonly [version: string, ...cves: string[]])[]): ChangelogFacts {
  return { entries: entries.map(([version, ...cves]) => [version, version.includes("deb") ? 1 : 0, ...cves]) };
}

const shown = (facts: ChangelogFacts, from: string, upTo: string) => {
  const { fixes, security, unknown } = fixesAfter(facts, from, upTo);
  return { fixed: fixes?.map(({ cve, version }) => `${cve} ${version}`), security, unknown };
};

test("what a backport was made of is fixed with it, and not before it", () => {
  const facts = factsOf(
    ["3-1~deb12u1"],
    ["3-1", "CVE-2026-3"],
    ["2-1~deb12u2", "CVE-2026-22"],
    ["2-1~deb12u1"],
    ["2-1", "CVE-2026-2"],
    ["1-1", "CVE-2026-1"],
  );
  const third = "CVE-2026-3 3-1~deb12u1";
  assert.deepEqual(shown(facts, "2-1~deb12u2", "3-1~deb12u1").fixed, [third]);
  assert.deepEqual(shown(facts, "2-1~deb12u1", "3-1~deb12u1").fixed, [third, "CVE-2026-22 2-1~deb12u2"]);
  // The CVE of 2-1 is no business of who has 2-1~deb12u1; who has 1-1 gets it with that one.
  assert.deepEqual(shown(facts, "1-1", "3-1~deb12u1").fixed, [
    "CVE-2026-2 2-1~deb12u1",
    third,
    "CVE-2026-22 2-1~deb12u2",
  ]);
});

test("a CVE that is named again is fixed by the latest version that names it", () => {
  const facts = factsOf(["1-4", "CVE-2026-1"], ["1-3"], ["1-2", "CVE-2026-1", "CVE-2026-2"], ["1-1"]);
  assert.deepEqual(shown(facts, "1-1", "1-4").fixed, ["CVE-2026-1 1-4", "CVE-2026-2 1-2"]);
  assert.deepEqual(shown(facts, "1-2", "1-4").fixed, ["CVE-2026-1 1-4"]);
  assert.deepEqual(shown(facts, "1-2", "1-3").fixed, [], "what is newer than the archive has");
});

test("a security upload in between is told, also where the newest is a point release", () => {
  const facts = factsOf(["1-3", "CVE-2026-3"], ["1-2+deb13u1", "CVE-2026-2"], ["1-2"], ["1-1"]);
  assert.equal(shown(facts, "1-2", "1-3").security, true);
  assert.equal(shown(facts, "1-2+deb13u1", "1-3").security, false);
});

test("a changelog is read as far as it can be", async () => {
  async function* bytes(text: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text);
  }
  const head =
    "demo (2-1) trixie-security; urgency=low\n\n  * d/p/0001_CVE-2026-1111.patch, cve-2026-2222\n\n -- A <a@b>  x\n\n";
  const whole = await readChangelogFacts(bytes(head));
  assert.deepEqual(whole, { entries: [["2-1", 1, "CVE-2026-1111", "CVE-2026-2222"]] });
  const { entries, cut } = await readChangelogFacts(
    (async function* () {
      yield* bytes(`${head}demo (1-1) unstable; urgency=low\n`);
      yield* bytes("x".repeat(70_000));
    })(),
  );
  assert.deepEqual(entries, whole.entries);
  assert.match(cut ?? "", /longer than/);
  assert.match(
    shown({ entries, cut: "a reason" }, "1-1", "2-1").unknown ?? "",
    /could not be read to its end: a reason/,
  );
});
