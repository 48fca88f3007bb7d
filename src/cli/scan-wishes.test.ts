import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { makeTemporaryDirectory } from "../../test/support/directories.ts";
import { type ErrorCode, isDistillError } from "../lib/errors.ts";
import { readScanWishes, type ScanFlags } from "./scan-wishes.ts";

const FLAGS: ScanFlags = {
  ...{ platform: undefined, format: "table", by: "package", onlyFixed: false, severity: undefined, failOn: [] },
  ...{ maxAge: "5d", ignoreFile: undefined, vex: [], explain: undefined, buildFile: "Dockerfile", offline: false },
  ...{ refresh: false, tlsVerify: undefined, progress: "quiet", quiet: true },
};
const NOW = Date.UTC(2026, 10, 26);
const directory = makeTemporaryDirectory();
after(() => directory.remove());

const write = (name: string, text: string): string => {
  const file = join(directory.path, name);
  writeFileSync(file, text);
  return file;
};
const refuses = (flags: Partial<ScanFlags>, ...codes: readonly ErrorCode[]) =>
  assert.rejects(
    readScanWishes({ ...FLAGS, ...flags }, NOW),
    (error) => isDistillError(error, ...codes),
    JSON.stringify(flags),
  );

describe("what is asked of a scan", () => {
  test("is read before anything is scanned", async () => {
    const ignoreFile = write("ignore.yaml", "ignore: [{id: CVE-1, reason: r}]");
    const vex = write(
      "a.json",
      '{"@context": "https://openvex.dev/ns", "statements": [{"vulnerability": {"name": "CVE-1"}, "status": "fixed"}]}',
    );
    const wishes = await readScanWishes(
      { ...FLAGS, ignoreFile, vex: [vex, vex], maxAge: "1d12h", severity: "high", failOn: ["high,fixed", "stale"] },
      NOW,
    );
    assert.equal(wishes.maxAge, 36 * 3_600_000);
    assert.equal(wishes.statements.length, 2);
    assert.notEqual(wishes.ignored, undefined);
    assert.deepEqual([...(wishes.filter.severities ?? [])], ["high", "critical"]);
    assert.deepEqual(
      wishes.gates.map(({ text }) => text),
      ["high,fixed", "stale"],
    );
  });

  test("is refused where a word, a time or a file is wrong", async () => {
    await refuses({ failOn: ["hihg"] }, "USAGE");
    await refuses({ severity: "bad" }, "USAGE");
    await refuses({ maxAge: "soon" }, "USAGE");
    await refuses({ explain: "CVE-1", format: "json" }, "USAGE");
    await refuses({ explain: "CVE-1", failOn: ["any"] }, "USAGE");
    await refuses({ by: "cve", format: "sarif" }, "USAGE");
    await refuses({ ignoreFile: join(directory.path, "none.yaml") }, "IO");
    await refuses({ ignoreFile: directory.path }, "CONFIG_INVALID");
    await refuses({ ignoreFile: write("bad.yaml", "ignore: 3") }, "CONFIG_INVALID");
    await refuses({ vex: [join(directory.path, "none.json")] }, "IO");
    await refuses({ vex: [write("bad.json", "{}")] }, "UNSUPPORTED");
  });

  test("has an ignore file where the current directory has one", async () => {
    const before = process.cwd();
    const own = join(directory.path, "here");
    mkdirSync(own);
    process.chdir(own);
    try {
      assert.equal((await readScanWishes(FLAGS, NOW)).ignored, undefined);
      writeFileSync(".distill-ignore.yaml", "ignore: []");
      assert.notEqual((await readScanWishes(FLAGS, NOW)).ignored, undefined);
      writeFileSync(".distill-ignore.yaml", "ignore:\n  - id: 3\n");
      await refuses({}, "CONFIG_INVALID");
    } finally {
      process.chdir(before);
    }
  });
});
