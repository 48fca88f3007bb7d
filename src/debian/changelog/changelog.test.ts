import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { cpuTime } from "../../../test/support/cpu-time.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { type ChangelogEntry, readChangelog } from "./changelog.ts";
import { fixesBetween } from "./fixes.ts";

async function* inChunks(text: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function entriesOf(text: string | Uint8Array, size?: number): Promise<ChangelogEntry[]> {
  return Array.fromAsync(readChangelog(inChunks(text, size)));
}

function entry(version: string, body: string, suite = "unstable"): string {
  const lines = body.split("\n").map((line) => `  ${line}`);
  const trailer = " -- A B <a@example.org>  Sat, 21 Nov 2026 10:00:00 +0000";
  return `demo (${version}) ${suite}; urgency=medium\n\n${lines.join("\n")}\n\n${trailer}\n\n`;
}

const TEXT = [
  entry("2.0-1", "* Fix CVE-2026-20002 and cve-2026-3.\n  CVE-2025-1234 too, and CVE-2025-1234.", "trixie-security"),
  entry("1.1-1~deb13u1", "* Closes: #12, bug#9,\n    # 10\n  (closes:8)", "trixie stable"),
  entry("1.0-1", "* Initial upload. Closes: #1"),
].join("");

describe("readChangelog", () => {
  it("gives versions with what they fixed, newest first, however the text is chunked", async () => {
    const expected = [
      { version: "2.0-1", distributions: ["trixie-security"], cves: ["CVE-2026-20002", "CVE-2025-1234"], closes: [] },
      { version: "1.1-1~deb13u1", distributions: ["trixie", "stable"], cves: [], closes: [8, 9, 10, 12] },
      { version: "1.0-1", distributions: ["unstable"], cves: [], closes: [1] },
    ].map((each) => ({ source: "demo", ...each }));
    for (const size of [1, 7, 100_000]) assert.deepEqual(await entriesOf(TEXT, size), expected);
  });

  it("passes over what is no entry, and ends where another form begins", async () => {
    const noise = `\nsomething\n  * CVE-2000-0001 of nobody\n${entry("1.0-1", "* x")}  * CVE-2000-0002\n`;
    const [only, ...more] = await entriesOf(`${noise}Old Changelog:\n${entry("0.9-1", "* y")}`);
    assert.deepEqual([only?.version, only?.cves, more], ["1.0-1", [], []]);
    assert.deepEqual(await entriesOf(""), []);
    assert.deepEqual(await entriesOf(Buffer.from([0, 255, 10, 254])), []);
  });

  it("has bounds on lines and entries", async () => {
    const limit = { code: "LIMIT_EXCEEDED" };
    await assert.rejects(entriesOf("x".repeat(70_000), 4096), limit);
    await assert.rejects(entriesOf(`demo (1) ${"unstable ".repeat(9000)}; x\n`, 4096), limit);
    const endless = `demo (1) unstable; urgency=low\n${`  ${"y".repeat(60_000)}\n`.repeat(80)}`;
    await assert.rejects(entriesOf(endless, 65_536), limit);
  });

  it("reads long lists in no time", async () => {
    const many = `* Closes:${" ".repeat(30_000)}${Array.from({ length: 3000 }, (_, index) => `#${index + 1}`).join(",")}`;
    const began = cpuTime();
    const [found] = await entriesOf(entry("1", `${many}\n* closes: ${"#1,".repeat(10_000)}x`), 65_536);
    assert.equal(found?.closes.length, 3000);
    assert.ok(cpuTime() - began < 2000);
  });

  it("agrees with dpkg-parsechangelog", { skip: unlessTools("dpkg-parsechangelog") }, async () => {
    const real = globSync("/usr/share/doc/*/changelog{.Debian,}.gz").sort().slice(0, 400);
    const texts = real
      .map((path) => gunzipSync(readFileSync(path)))
      .filter(isChangelog)
      .slice(0, 12);
    const directory = mkdtempSync(join(tmpdir(), "distill-changelog-"));
    const path = join(directory, "changelog");
    for (const text of [TEXT, ...texts]) {
      writeFileSync(path, text);
      const args = ["-l", path, "--all", "--format", "rfc822"];
      const told = execFileSync("dpkg-parsechangelog", args, {
        encoding: "latin1",
        stdio: ["ignore", "pipe", "ignore"],
      });
      const expected = told.split(/\n\n(?=Source: )/).map((stanza) => ({
        version: /^Version: (.*)$/m.exec(stanza)?.[1],
        closes: (/^Closes: (.*)$/m.exec(stanza)?.[1]?.split(" ") ?? []).map(Number).sort((a, b) => a - b),
      }));
      const own = (await entriesOf(text, 65_536)).map(({ version, closes }) => ({ version, closes }));
      assert.deepEqual(own, expected);
    }
    rmSync(directory, { recursive: true });
  });
});

function isChangelog(text: Uint8Array): boolean {
  return /^\S+ \(\S+\) [^\n;]+; urgency/.test(Buffer.from(text.subarray(0, 300)).toString("latin1"));
}

describe("fixesBetween", () => {
  it("leaves out the old version and what came before it, and what is newer than the new one", async () => {
    const between = (after: string, upTo: string) => fixesBetween(inChunks(TEXT), after, upTo);
    assert.deepEqual(await between("1.1-1~deb13u1", "2.0-1"), {
      ...{ entries: 1, closes: [], security: true },
      cves: ["CVE-2025-1234", "CVE-2026-20002"],
    });
    assert.deepEqual(await between("1.0-1", "1.1-1"), {
      entries: 1,
      cves: [],
      closes: [8, 9, 10, 12],
      security: false,
    });
    assert.deepEqual((await between("0.1", "9")).closes, [1, 8, 9, 10, 12]);
    assert.equal((await between("2.0-1", "2.0-1")).entries, 0);
  });

  it("takes what a backport was made of with it", async () => {
    const text =
      entry("2-1~deb12u1", "* Rebuild.", "bookworm-security") + entry("2-1", "* CVE-2026-2000") + TEXT.slice(-1);
    const { cves, security } = await fixesBetween(
      inChunks(text + entry("1-1~deb12u1", "* CVE-2026-1")),
      "1-1~deb12u1",
      "2-1~deb12u1",
    );
    assert.deepEqual([cves, security], [["CVE-2026-2000"], true]);
  });

  it("reads no further than the old version", async () => {
    async function* guarded(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(TEXT.slice(0, TEXT.indexOf("demo (1.0-1)") + 40));
      throw new Error("read on");
    }
    await assert.rejects(fixesBetween(guarded(), "0.1", "2.0-1"), /read on/);
    assert.equal((await fixesBetween(guarded(), "1.1-1~deb13u1", "2.0-1")).entries, 1);
  });
});
