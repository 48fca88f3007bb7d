import assert from "node:assert/strict";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, it, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { TestArchive, type TestSuite } from "../../../test/support/archive.ts";
import { BlackHole } from "../../../test/support/black-hole.ts";
import type { TestFile, TestPackage } from "../../../test/support/deb-writer.ts";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { FaultServer } from "../../../test/support/fault-server.ts";
import { openArchives } from "../../debian/archive/archive.ts";
import { closeHttp } from "../../lib/http/agent.ts";
import { silentProgress } from "../../lib/progress.ts";
import { type ArchiveAnswer, answerKey, type InstalledSource } from "./answer.ts";
import type { ArchiveMeans } from "./archive-at-hand.ts";
import { type ArchiveSays, askArchive } from "./ask-archive.ts";

const HOUR = 60 * 60 * 1000;
const SUITES = ["trixie", "trixie-updates", "trixie-security"];

/** Each version fixes what is given with it; the newest first. */
function changelog(source: string, versions: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(versions).map(([version, text]) => {
    const suite = version.includes("deb13") ? "trixie-security" : "unstable";
    return `${source} (${version}) ${suite}; urgency=medium\n\n  * ${text}\n\n -- A <a@example.org>  Sat, 21 Nov 2026 10:00:00 +0000\n\n`;
  });
  return gzipSync(entries.join(""));
}

const LIB_LOG = changelog("lib", {
  "1.0-2+deb13u2": "Fix CVE-2026-3000, and CVE-2026-2000 once more.",
  "1.0-2+deb13u1": "CVE-2026-2000",
  "1.0-2": "CVE-2026-1000",
  "1.0-1": "Initial release. CVE-2025-1000",
});

function packageOf(
  name: string,
  version: string,
  source: string,
  files: Readonly<Record<string, TestFile>>,
): TestPackage {
  return { name, version, fields: { Source: source }, files };
}

const LIB = (version: string): readonly TestPackage[] => [
  packageOf("lib1", version, "lib", {
    "/usr/share/doc/lib1/changelog.Debian.gz": LIB_LOG,
    "/usr/lib/lib1": "x".repeat(9000),
  }),
  packageOf("lib-data", `${version}+b1`, `lib (${version})`, { "/usr/share/doc/lib-data": { link: "lib1" } }),
];

const STABLE: TestSuite = {
  packages: [
    ...LIB("1.0-2"),
    packageOf("tool", "3-1", "tool", { "/usr/share/doc/tool/changelog.Debian.gz": changelog("tool", { "3-1": "x" }) }),
    packageOf("mute", "2-1", "mute", { "/usr/share/mute": "1" }),
    packageOf("short", "9-1", "short", {
      "/usr/share/doc/short/changelog.gz": changelog("short", { "9-1": "CVE-2026-9000", "8-1": "CVE-2026-8000" }),
    }),
  ],
};
const SECURITY: TestSuite = { codename: "trixie-security", packages: LIB("1.0-2+deb13u2") };

describe("the archive's answer", () => {
  let archive: TestArchive;
  let server: FaultServer;

  before(async () => {
    archive = await TestArchive.create([STABLE, SECURITY]);
    server = await FaultServer.start(archive.directory);
  });

  after(async () => {
    await closeHttp();
    await server.close();
    await archive.remove();
  });

  beforeEach(() => {
    server.heal();
    server.requests.length = 0;
  });

  /** A place to ask from, with a cache and a clock of its own. */
  function scene(t: TestContext, url = server.url) {
    const cacheDirectory = temporaryDirectory(t);
    const clock = { now: Date.now() };
    const means: ArchiveMeans = {
      ...{
        cacheDirectory,
        architecture: "amd64",
        sources: archive.sources(url, SUITES),
        offline: false,
        refresh: false,
      },
      ...{ maxAge: 6 * HOUR, now: () => clock.now, progress: silentProgress, signal: undefined },
      policy: { attempts: 1, connectTimeout: 1000, headersTimeout: 1000 },
    };
    const ask = async (texts: readonly string[], further: Partial<ArchiveMeans> = {}) => {
      const installed = texts.map((text): InstalledSource => {
        const [name = "", version = ""] = text.split(" ");
        return { release: "trixie", name, version };
      });
      const says = await askArchive("trixie", installed, { ...means, ...further });
      assert.deepEqual([...says.answers.keys()].sort(), installed.map(answerKey).sort());
      return says;
    };
    return { ask, clock, cacheDirectory, means };
  }

  function answer({ answers }: ArchiveSays, text: string): ArchiveAnswer {
    const found = answers.get(`trixie/${text.replace(" ", "/")}`);
    assert.ok(found !== undefined);
    return found;
  }

  const cves = (given: ArchiveAnswer) => given.fixes?.map(({ cve, version }) => `${cve} ${version}`);

  it("is the newest version of all suites, and what its changelog names after the installed one", async (t) => {
    const { ask } = scene(t);
    const says = await ask(["lib 1.0-1", "lib 1.0-2", "lib 1.0-2+deb13u1", "lib 1.0-2+deb13u2", "tool 3-1"]);
    const old = answer(says, "lib 1.0-1");
    const newer = { level: "fixes-only", newer: "1.0-2+deb13u2", suite: "trixie-security", security: true } as const;
    assert.deepEqual(old, { ...newer, fixes: old.fixes, unknown: undefined });
    assert.deepEqual(cves(old), ["CVE-2026-1000 1.0-2", "CVE-2026-2000 1.0-2+deb13u2", "CVE-2026-3000 1.0-2+deb13u2"]);
    const last = ["CVE-2026-2000 1.0-2+deb13u2", "CVE-2026-3000 1.0-2+deb13u2"];
    assert.deepEqual(cves(answer(says, "lib 1.0-2")), last);
    assert.deepEqual(cves(answer(says, "lib 1.0-2+deb13u1")), last);
    const same = { ...newer, newer: undefined, suite: undefined, security: false, fixes: [], unknown: undefined };
    assert.deepEqual([answer(says, "lib 1.0-2+deb13u2"), answer(says, "tool 3-1")], [same, same]);
    assert.equal(server.asked(".deb").length, 2, "the smallest package, and the one that its documentation lies in");
    assert.deepEqual(says.state?.sources, 4);
  });

  it("is none for what the archive has not, or only in older versions", async (t) => {
    const says = await scene(t).ask(["docker-ce 5:28", "tool 4-1", "lib x\n1"]);
    const reasons = ["docker-ce 5:28", "tool 4-1"].map((each) => {
      const { level, unknown, fixes, newer } = answer(says, each);
      assert.deepEqual([level, fixes, newer], ["none", undefined, undefined]);
      return unknown;
    });
    assert.deepEqual(reasons, [
      "its source package is not in Debian trixie",
      "it is newer than what Debian trixie has: it is from elsewhere",
    ]);
  });

  it("says where the changelog leaves a gap", async (t) => {
    const says = await scene(t).ask(["short 7-1", "short 8.5-1", "mute 1-1"]);
    assert.deepEqual(cves(answer(says, "short 7-1")), ["CVE-2026-8000 8-1", "CVE-2026-9000 9-1"]);
    assert.equal(answer(says, "short 7-1").unknown, "the changelog goes no further back than 8-1");
    assert.deepEqual(cves(answer(says, "short 8.5-1")), ["CVE-2026-9000 9-1"]);
    assert.equal(answer(says, "short 8.5-1").unknown, "the changelog does not know the installed version 8.5-1");
    const { newer, fixes, unknown } = answer(says, "mute 1-1");
    assert.deepEqual([newer, fixes, unknown], ["2-1", undefined, "its packages have no changelog"]);
  });

  it("comes from the cache the next time, other installed versions included", async (t) => {
    const { ask, clock } = scene(t);
    await ask(["lib 1.0-2", "mute 1-1"]);
    server.requests.length = 0;
    clock.now += 5 * HOUR;
    const says = await ask(["lib 1.0-1", "mute 1-1", "tool 3-1"]);
    assert.equal(cves(answer(says, "lib 1.0-1"))?.length, 3);
    assert.deepEqual(server.requests, []);
  });

  it("asks again when that was long ago: three small questions where nothing has changed", async (t) => {
    const { ask, clock } = scene(t);
    const first = await ask(["lib 1.0-1"]);
    server.requests.length = 0;
    clock.now += 7 * HOUR;
    const says = await ask(["lib 1.0-1"]);
    assert.deepEqual(says.answers, first.answers);
    assert.deepEqual(
      server.requests.map(({ path }) => path.split("/").at(-1)),
      Array(3).fill("InRelease"),
    );
    assert.equal(says.state?.checkedAt, clock.now);
    await ask(["lib 1.0-1"]);
    assert.equal(server.requests.length, 3);
  });

  it("asks earlier where something newer is installed than it knows", async (t) => {
    const { ask, clock } = scene(t);
    await ask(["tool 3-1"]);
    server.requests.length = 0;
    clock.now += HOUR / 2;
    await ask(["tool 4-1"]);
    assert.equal(server.requests.length, 0);
    clock.now += HOUR;
    await ask(["tool 4-1"]);
    assert.equal(server.requests.length, 3);
  });

  it("follows the archive", async (t) => {
    const moving = await TestArchive.create([STABLE]);
    const itsServer = await FaultServer.start(moving.directory);
    t.after(async () => {
      await itsServer.close();
      await moving.remove();
    });
    const { ask, clock } = scene(t);
    const sources = moving.sources(itsServer.url, SUITES);
    assert.equal(answer(await ask(["lib 1.0-2"], { sources }), "lib 1.0-2").newer, undefined);
    await moving.publish({ ...SECURITY, date: new Date(Date.now() + 1000) });
    assert.equal(answer(await ask(["lib 1.0-2"], { sources }), "lib 1.0-2").newer, undefined);
    clock.now += 7 * HOUR;
    assert.equal(answer(await ask(["lib 1.0-2"], { sources }), "lib 1.0-2").fixes?.length, 2);
  });

  it("is none, with the reason, where nothing was ever had; that is not tried again for an hour", async (t) => {
    const { ask, clock } = scene(t);
    server.fault("InRelease", { kind: "hang-up" });
    const says = await ask(["lib 1.0-1"]);
    assert.equal(says.state, undefined);
    const { level, unknown } = answer(says, "lib 1.0-1");
    assert.equal(level, "none");
    assert.match(unknown ?? "", /^Debian's archive of trixie could not be looked at: cannot get http.*cut/);
    const asked = server.requests.length;
    assert.deepEqual((await ask(["lib 1.0-1"])).answers, says.answers);
    assert.equal(server.requests.length, asked);
    server.heal();
    assert.equal(answer(await ask(["lib 1.0-1"], { refresh: true }), "lib 1.0-1").fixes?.length, 3);
    clock.now += 2 * HOUR;
    assert.equal(answer(await ask(["lib 1.0-1"]), "lib 1.0-1").fixes?.length, 3);
  });

  it("is the last known one, with its date and what is wrong, where the archive does not answer any more", async (t) => {
    const { ask, clock } = scene(t);
    const first = await ask(["lib 1.0-1"]);
    server.fault("InRelease", { kind: "status", status: 503 });
    clock.now += 7 * HOUR;
    const says = await ask(["lib 1.0-1"]);
    assert.deepEqual(says.answers, first.answers);
    assert.match(says.state?.failure ?? "", /answers 503/);
    assert.equal(says.state?.checkedAt, first.state?.checkedAt);
    const asked = server.requests.length;
    await ask(["lib 1.0-1"]);
    assert.equal(server.requests.length, asked);
    // By now the release has expired, too.
    clock.now += 30 * 24 * HOUR;
    const late = await ask(["lib 1.0-1"]);
    assert.deepEqual(late.answers, first.answers);
    assert.ok(server.requests.length > asked);
    server.heal();
  });

  it("offline is what the cache has, of other commands too, and asks nobody", async (t) => {
    const { ask, means } = scene(t);
    const offline = { offline: true };
    assert.match(answer(await ask(["lib 1.0-1"], offline), "lib 1.0-1").unknown ?? "", /is not in the cache/);
    assert.deepEqual(server.requests, []);
    // As build does it.
    await (await openArchives(means)).index();
    server.requests.length = 0;
    const { newer, fixes, unknown } = answer(await ask(["lib 1.0-1"], offline), "lib 1.0-1");
    assert.deepEqual([newer, fixes], ["1.0-2+deb13u2", undefined]);
    assert.match(unknown ?? "", /not in the cache/);
    assert.deepEqual(server.requests, []);
    assert.equal(answer(await ask(["lib 1.0-1"]), "lib 1.0-1").fixes?.length, 3);
  });

  it("does not come from half an index, nor from one with a wrong signature", async (t) => {
    const { ask, clock } = scene(t);
    server.fault("Packages.gz", { kind: "half" });
    server.fault("by-hash", { kind: "half" });
    assert.match(
      answer(await ask(["lib 1.0-1"]), "lib 1.0-1").unknown ?? "",
      /is not the file that the signed index lists/,
    );
    server.heal();
    clock.now += 2 * HOUR;
    assert.equal(answer(await ask(["lib 1.0-1"]), "lib 1.0-1").fixes?.length, 3);
    server.fault("InRelease", { kind: "flip", at: 200 });
    const elsewhere = answer(await scene(t).ask(["lib 1.0-1"]), "lib 1.0-1");
    assert.deepEqual([elsewhere.level, elsewhere.newer], ["none", undefined]);
    assert.match(elsewhere.unknown ?? "", /signature/);
  });

  it("names what is newer also where one package cannot be fetched, which keeps no other from it", async (t) => {
    const { ask, clock } = scene(t);
    server.fault(/lib-data.*\.deb/, { kind: "status", status: 404 });
    const says = await ask(["lib 1.0-1", "short 7-1"]);
    const { newer, fixes, unknown } = answer(says, "lib 1.0-1");
    assert.deepEqual([newer, fixes], ["1.0-2+deb13u2", undefined]);
    assert.match(unknown ?? "", /answers 404/);
    assert.equal(answer(says, "short 7-1").fixes?.length, 2);
    server.heal();
    server.requests.length = 0;
    assert.match(answer(await ask(["lib 1.0-1"]), "lib 1.0-1").unknown ?? "", /not in the cache/);
    assert.deepEqual(server.requests, []);
    clock.now += 2 * HOUR;
    assert.equal(answer(await ask(["lib 1.0-1"]), "lib 1.0-1").fixes?.length, 3);
  });

  it("is made again where what was kept is damaged", async (t) => {
    const { ask, cacheDirectory } = scene(t);
    const first = await ask(["lib 1.0-1", "mute 1-1"]);
    const files = globSync(join(cacheDirectory, "debian-archive/**/*.{json,sources}"));
    assert.equal(files.length, 4);
    for (const path of files) {
      const bytes = readFileSync(path);
      for (const damaged of [
        bytes.subarray(0, bytes.length >> 1),
        Buffer.from("[]"),
        Buffer.from("null"),
        Buffer.alloc(0),
      ]) {
        writeFileSync(path, damaged);
        assert.deepEqual((await ask(["lib 1.0-1", "mute 1-1"])).answers, first.answers, path);
      }
    }
  });

  it("keeps nobody waiting for a host that swallows packets", async (t) => {
    const hole = await BlackHole.open();
    t.after(() => hole.close());
    const { ask } = scene(t, `http://127.0.0.1:${hole.port}`);
    const began = performance.now();
    assert.match(answer(await ask(["lib 1.0-1"]), "lib 1.0-1").unknown ?? "", /timed out while connecting/);
    const first = performance.now();
    assert.ok(first - began < 8000, `${first - began} ms`);
    assert.equal(answer(await ask(["lib 1.0-1"]), "lib 1.0-1").level, "none");
    assert.ok(performance.now() - first < 300);
  });
});
