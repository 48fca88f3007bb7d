import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { openAdvisories } from "../../src/advisories/database/source.ts";
import type { FeedId } from "../../src/advisories/feed.ts";
import { WHOLE_FEEDS } from "../../src/advisories/feeds/addresses.ts";
import type { FeedUpdate } from "../../src/advisories/feeds/status.ts";
import { advisoriesPath, openSource, updateFeeds } from "../../src/app/advisories.ts";
import { renewFeeds } from "../../src/app/renew-feeds.ts";
import { importedFrom } from "../../src/app/transfer-advisories.ts";
import { isDistillError } from "../../src/lib/errors.ts";
import { closeHttp } from "../../src/lib/http/agent.ts";
import {
  OSV_HOST,
  osvRecord,
  osvZip,
  putInMirror,
  writeMirror,
  writeSnapshotMirror,
} from "../support/advisory-mirror.ts";
import { type CliOptions, distill, mustDistill } from "../support/cli.ts";
import { temporaryDirectory } from "../support/directories.ts";
import { FaultServer, type ServerOptions } from "../support/fault-server.ts";
import { ownHome } from "../support/home.ts";
import { sharedPath, unlessShared } from "../support/shared.ts";
import { zipOf } from "../support/zip-writer.ts";

const EPSS = "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz";
const PYPI = `https://${OSV_HOST}/PyPI/all.zip`;

interface Scene {
  readonly mirror: string;
  readonly server: FaultServer;
  /** In this process; a server has one try. */
  update(...feeds: readonly FeedId[]): Promise<FeedUpdate>;
  home: string;
}

/** Those that a mirror has: debian-support comes from Debian's archive. */
const MIRRORED = WHOLE_FEEDS.filter((feed) => feed !== "debian-support");

/** A home of the test's own, and a mirror of small feeds behind a server. */
async function scene(t: TestContext, options: ServerOptions = {}): Promise<Scene> {
  const home = ownHome(t);
  const mirror = temporaryDirectory(t);
  writeMirror(mirror);
  const server = await FaultServer.start(mirror, options);
  t.after(async () => {
    await closeHttp();
    await server.close();
  });
  return {
    mirror,
    server,
    home: home.at("home"),
    update: async (...feeds) => {
      const [update] = await updateFeeds(feeds, { mirror: server.url, connectTimeout: 2000 });
      assert.ok(update !== undefined);
      return update;
    },
  };
}

/** Ids of what is said of a package. */
function idsAbout(ecosystem: string, name: string): readonly string[] {
  using source = openSource({ warn: (text) => assert.fail(text) });
  return source.about(ecosystem, name).map(({ record }) => record.id);
}

/** So many records of PyPI, of which each takes some bytes that do not compress. */
function manyRecords(count: number): readonly object[] {
  return Array.from({ length: count }, (_, index) => {
    const details = Array.from({ length: 60 }, (__, at) =>
      Math.imul(index * 64 + at + 1, 0x9e3779b1).toString(36),
    ).join(" ");
    return { ...osvRecord(`PYSEC-${index}`, "PyPI", `package-${index}`), details };
  });
}

test("all feeds come from a mirror, once; the next update asks, and nothing has changed", async (t) => {
  const { server, home } = await scene(t);
  const env = { DISTILL_HOME: home, DISTILL_ADVISORY_MIRROR: server.url };
  const first = await mustDistill(["advisories", "update", ...MIRRORED, "--format", "json", "-q"], { env });
  const outcomes = JSON.parse(first.stdout) as readonly FeedUpdate[];
  assert.equal(outcomes.length, 13);
  for (const { feed, outcome, records } of outcomes) assert.deepEqual([feed, outcome], [feed, "updated"], `${records}`);
  assert.ok(readdirSync(join(home, "cache/advisories/downloads")).length === 0, "downloads are not kept");

  const second = await mustDistill(["advisories", "update", ...MIRRORED, "-q", "--format", "json"], { env });
  for (const { feed, outcome } of JSON.parse(second.stdout) as readonly FeedUpdate[]) {
    assert.deepEqual([feed, outcome], [feed, "unchanged"]);
  }
  using source = openSource();
  assert.deepEqual([...source.ecosystems("debian-tracker")].sort(), ["debian:bookworm", "debian:trixie"]);
  assert.deepEqual([...source.ecosystems("osv-ubuntu")], ["Ubuntu:24.04:LTS"]);
  assert.deepEqual(source.exploited("CVE-2026-1001")?.ransomware, true);
  assert.deepEqual(source.likelihood("CVE-2026-1001"), { score: 0.5, percentile: 0.99 });
  assert.equal(source.about("secdb:v3.20", "busybox").length, 1);
  assert.equal(source.about("npm", "package-2")[0]?.record.id, "GHSA-2");

  const status = await mustDistill(["advisories", "status"], { env });
  assert.match(status.stdout, /^osv-pypi +full +3 +just now +2026-01-02 +127\.0\.0\.1/m);
  assert.match(status.stdout, /^kev +- +1 +just now +2026-01-27 /m);
  assert.match(status.stdout, /^debian-archive +fixes-only +- +by scans/m);
});

test("a mirror may be a directory, and a feed may lie in files of one's own, until the default is asked for again", async (t) => {
  const { mirror, home } = await scene(t);
  const env = { DISTILL_HOME: home };
  const update = (...more: readonly string[]) => distill(["advisories", "update", "osv-pypi", "-q", ...more], { env });
  assert.equal((await update("--mirror", mirror)).status, 0);
  assert.deepEqual(idsAbout("PyPI", "package-1"), ["GHSA-1"]);

  const own = temporaryDirectory(t);
  writeFileSync(join(own, "one.json"), JSON.stringify(osvRecord("PYSEC-1", "PyPI", "package-1"), null, 2));
  const lines = join(temporaryDirectory(t), "more.jsonl");
  writeFileSync(lines, `${JSON.stringify(osvRecord("PYSEC-2", "PyPI", "package-1"))}\n\n`);
  assert.equal((await update("--source", `osv-pypi=${own}`, "--source", `osv-pypi=${lines}`)).status, 0);
  assert.deepEqual(idsAbout("PyPI", "package-1"), ["PYSEC-1", "PYSEC-2"]);
  // It is remembered, and looked at again.
  writeFileSync(lines, JSON.stringify(osvRecord("PYSEC-3", "PyPI", "package-1")));
  assert.equal((await update("--mirror", mirror)).status, 0);
  assert.deepEqual(idsAbout("PyPI", "package-1"), ["PYSEC-1", "PYSEC-3"]);
  assert.equal((await update("--source", "osv-pypi=default", "--mirror", mirror)).status, 0);
  assert.deepEqual(idsAbout("PyPI", "package-1"), ["GHSA-1"]);
});

test("one feed that is down leaves the others, and its own last state; the failure is recorded, and ends with 4", async (t) => {
  const { server, home } = await scene(t);
  const env = { DISTILL_HOME: home, DISTILL_ADVISORY_MIRROR: server.url };
  await mustDistill(["advisories", "update", "-q", "kev", "osv-pypi"], { env });
  server.fault("cisa", { kind: "status", status: 403 });
  const run = await distill(["advisories", "update", "kev", "osv-pypi", "-q"], { env });
  assert.equal(run.status, 4);
  assert.match(run.stdout, /^kev: FAILED: .*403 Forbidden; what was there before still counts \(1 record\)\n$/);
  using source = openSource();
  assert.ok(source.exploited("CVE-2026-1001"));
  assert.match(source.feeds().find(({ feed }) => feed === "kev")?.failure ?? "", /403/);
  const status = await mustDistill(["advisories", "status"], { env });
  assert.match(status.stdout, /^kev: failed just now: .*403/m);
  server.heal();
  assert.equal((await distill(["advisories", "update", "kev", "-q"], { env })).status, 0);
  using later = openSource();
  assert.equal(later.feeds().find(({ feed }) => feed === "kev")?.failure, undefined);
});

test("a download that was cut goes on in the next run, from where it broke off", async (t) => {
  const { mirror, server, update } = await scene(t);
  const zip = osvZip(manyRecords(3000));
  putInMirror(mirror, PYPI, zip);
  const cut = Math.floor(zip.length / 2);
  server.fault("PyPI", { kind: "cut", after: cut });
  const failed = await update("osv-pypi");
  assert.deepEqual([failed.outcome, failed.failure?.code], ["failed", "NETWORK"]);
  server.heal();
  assert.equal((await update("osv-pypi")).records, 3000);
  const [range] = server.requests.flatMap((request) => request.range ?? []);
  assert.ok(Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1]) > cut / 2, `${range}`);
});

test("a beginning of what has changed since, or of a server without ranges, is not built upon", async (t) => {
  const { mirror, server, update } = await scene(t, { ranges: false });
  putInMirror(mirror, PYPI, osvZip(manyRecords(3000)));
  server.fault("PyPI", { kind: "cut", after: 200_000, times: 1 });
  assert.equal((await update("osv-pypi")).outcome, "failed");
  putInMirror(mirror, PYPI, osvZip(manyRecords(2000)));
  assert.equal((await update("osv-pypi")).records, 2000);
});

test("what is corrupt, half, or the page of a network in between never replaces anything", async (t) => {
  const { server, mirror, update } = await scene(t);
  assert.equal((await update("osv-pypi")).outcome, "updated");
  assert.equal((await update("debian-tracker")).outcome, "updated");
  assert.equal((await update("epss")).outcome, "updated");
  putInMirror(mirror, PYPI, osvZip(manyRecords(300)));
  putInMirror(
    mirror,
    "https://security-tracker.debian.org/tracker/data/json",
    '{"other": {"CVE-2026-1009": {"releases": {}}}}',
  );
  const scores = Array.from({ length: 300 }, (_, index) => `CVE-2026-${1000 + index},0.1,0.${index}`).join("\n");
  putInMirror(mirror, EPSS, gzipSync(`cve,epss,percentile\n${scores}\n`));
  const faults = [
    { kind: "half" },
    { kind: "page", text: "<html>Please sign in</html>" },
    { kind: "page", text: "" },
    { kind: "page", text: "{}" },
    { kind: "flip", at: 200 },
    { kind: "flip", at: -40 },
  ] as const;
  for (const fault of faults) {
    server.heal();
    server.fault(/./, fault);
    const failed = await update("osv-pypi");
    assert.deepEqual([failed.outcome, failed.records], ["failed", 3], JSON.stringify(fault));
    assert.deepEqual(idsAbout("PyPI", "package-1"), ["GHSA-1"]);
    if (fault.kind === "flip") continue;
    assert.equal((await update("debian-tracker")).outcome, "failed", JSON.stringify(fault));
    assert.equal((await update("epss")).outcome, "failed", JSON.stringify(fault));
    assert.equal(idsAbout("debian:bookworm", "flask").length, 1);
  }
  server.heal();
  assert.equal((await update("osv-pypi")).records, 300);
});

test("a feed that has lost most of its records is not taken, unless that is asked for", async (t) => {
  const { server, mirror, update } = await scene(t);
  putInMirror(mirror, PYPI, osvZip(manyRecords(300)));
  assert.equal((await update("osv-pypi")).records, 300);
  putInMirror(mirror, PYPI, osvZip(manyRecords(149)));
  const refused = await update("osv-pypi");
  assert.match(refused.failure?.message ?? "", /has 149 records, and had 300/);
  assert.deepEqual(idsAbout("PyPI", "package-299"), ["PYSEC-299"]);
  const [taken] = await updateFeeds(["osv-pypi"], { mirror: server.url, force: true });
  assert.equal(taken?.records, 149);
});

test("records that cannot be read are left out and told; where there are many, the feed is not taken", async (t) => {
  const { server, mirror, update, home } = await scene(t);
  const bad = { name: "bad.json", id: "", affected: [] };
  putInMirror(mirror, PYPI, osvZip([...manyRecords(50), bad]));
  const env = { DISTILL_HOME: home, DISTILL_ADVISORY_MIRROR: server.url };
  const run = await mustDistill(["advisories", "update", "osv-pypi", "-q"], { env });
  assert.match(run.stderr, /warning: osv-pypi: 1 records cannot be read and are left out/);
  assert.deepEqual(idsAbout("PyPI", "package-49"), ["PYSEC-49"]);
  putInMirror(mirror, PYPI, osvZip([...manyRecords(50), ...Array.from({ length: 60 }, () => bad)]));
  assert.match((await update("osv-pypi")).failure?.message ?? "", /60 records of osv-pypi cannot be read/);
});

test("a server that stalls is given up on; what has come is kept for the next time", async (t) => {
  const { mirror, server, home } = await scene(t);
  putInMirror(mirror, PYPI, osvZip(manyRecords(3000)));
  server.fault("PyPI", { kind: "stall", after: 300_000 });
  const options = { mirror: server.url, policy: { attempts: 1, idleTimeout: 300 } };
  const [slow] = await renewFeeds(advisoriesPath(), ["osv-pypi"], options);
  assert.match(slow?.failure?.message ?? "", /timed out/);
  assert.equal(readdirSync(join(home, "cache/advisories/downloads")).length, 2);
  server.heal();
  const [done] = await renewFeeds(advisoriesPath(), ["osv-pypi"], options);
  assert.equal(done?.records, 3000);
});

test("archives that unpack into more than any feed are refused at their limits", async (t) => {
  const { mirror, update } = await scene(t);
  assert.equal((await update("osv-pypi")).outcome, "updated");
  putInMirror(mirror, PYPI, zipOf([{ name: "bomb.json", bytes: Buffer.alloc(65 << 20, "[") }]));
  assert.equal((await update("osv-pypi")).failure?.code, "LIMIT_EXCEEDED");
  putInMirror(mirror, PYPI, zipOf([{ name: "deep.json", bytes: Buffer.alloc(1 << 20, "[") }]));
  assert.equal((await update("osv-pypi")).outcome, "failed");
  putInMirror(mirror, PYPI, zipOf([{ name: "lie.json", bytes: "{}", size: 2 ** 31 }]));
  assert.equal((await update("osv-pypi")).outcome, "failed");
  assert.deepEqual(idsAbout("PyPI", "package-1"), ["GHSA-1"]);
});

test("a reader has one state of the data while it is replaced, and the next reader the new one", async (t) => {
  const { mirror, update } = await scene(t);
  assert.equal((await update("osv-pypi")).outcome, "updated");
  using before = openSource();
  putInMirror(mirror, PYPI, osvZip(manyRecords(500)));
  const updating = update("osv-pypi");
  for (let looks = 0; looks < 20; looks++) {
    assert.equal(before.about("PyPI", "package-1")[0]?.record.id, "GHSA-1");
    await sleep(5);
  }
  assert.equal((await updating).records, 500);
  assert.equal(before.about("PyPI", "package-1")[0]?.record.id, "GHSA-1");
  assert.deepEqual(idsAbout("PyPI", "package-1"), ["PYSEC-1"]);
});

test("two updates at once do the work once, and both end well", async (t) => {
  const { mirror, server, home } = await scene(t);
  putInMirror(mirror, PYPI, osvZip(manyRecords(5000)));
  const env = { DISTILL_HOME: home, DISTILL_ADVISORY_MIRROR: server.url };
  const runs = await Promise.all(
    [1, 2, 3].map(() => distill(["advisories", "update", "-q", "osv-pypi", "osv-npm", "kev"], { env })),
  );
  for (const { status, stderr } of runs) assert.deepEqual([status, stderr], [0, ""]);
  assert.deepEqual(idsAbout("PyPI", "package-4999"), ["PYSEC-4999"]);
});

test("killed at any moment, an update leaves each feed old or new, and the next one ends well", async (t) => {
  const { mirror, server, home } = await scene(t);
  const env = { DISTILL_HOME: home, DISTILL_ADVISORY_MIRROR: server.url };
  const update = (onStart?: CliOptions["onStart"]) =>
    distill(["advisories", "update", "-q", "osv-pypi"], { env, ...(onStart && { onStart }) });
  let size = 1000;
  putInMirror(mirror, PYPI, osvZip(manyRecords(size)));
  assert.equal((await update()).status, 0);
  for (const wait of [300, 500, 700, 900, 1200]) {
    const next = size === 1000 ? 1500 : 1000;
    putInMirror(mirror, PYPI, osvZip(manyRecords(next)));
    await update((child) => void setTimeout(() => child.kill("SIGKILL"), wait));
    using source = openSource({ warn: (text) => assert.fail(text) });
    const records = source.feeds().find(({ feed }) => feed === "osv-pypi")?.records;
    assert.ok(records === size || records === next, `${records}`);
    assert.equal(source.about("PyPI", "package-999").length, 1);
    assert.equal(source.about("PyPI", "package-1499").length, records === 1500 ? 1 : 0);
    size = records;
  }
  assert.equal((await update()).status, 0);
});

test("a database that is damaged or of another version is said, set aside and made anew; sources are kept", async (t) => {
  const { mirror, server, home } = await scene(t);
  const env = { DISTILL_HOME: home, DISTILL_ADVISORY_MIRROR: server.url };
  const own = join(temporaryDirectory(t), "own.jsonl");
  writeFileSync(own, JSON.stringify(osvRecord("PYSEC-1", "PyPI", "package-1")));
  const update = (...more: readonly string[]) =>
    distill(["advisories", "update", "-q", "osv-pypi", "osv-npm", ...more], { env });
  assert.equal((await update("--source", `osv-pypi=${own}`)).status, 0);
  const database = new DatabaseSync(advisoriesPath());
  database.exec("PRAGMA user_version = 99");
  database.close();
  const warnings: string[] = [];
  {
    using source = openSource({ warn: (text) => warnings.push(text) });
    assert.deepEqual(source.feeds(), []);
  }
  assert.match(warnings.join(), /another version/);
  const rebuilt = await update();
  assert.equal(rebuilt.status, 0);
  assert.match(rebuilt.stderr, /warning: .*moved to /);
  assert.deepEqual(idsAbout("PyPI", "package-1"), ["PYSEC-1"]);

  truncateSync(advisoriesPath(), 5000);
  rmSync(`${advisoriesPath()}-wal`, { force: true });
  {
    using source = openSource({ warn: (text) => warnings.push(text) });
    assert.deepEqual(source.feeds(), []);
  }
  assert.match(warnings.join(), /damaged/);
  assert.equal((await update("--mirror", mirror)).status, 0);
  assert.equal(idsAbout("npm", "package-1").length, 1);
});

test("what is exported is imported as it was, all of it or nothing, and never over what is newer", async (t) => {
  const { server, home } = await scene(t);
  const elsewhere = join(temporaryDirectory(t), "other");
  const file = join(temporaryDirectory(t), "advisories.zst");
  const env = { DISTILL_HOME: home, DISTILL_ADVISORY_MIRROR: server.url };
  const other = { DISTILL_HOME: elsewhere };
  await mustDistill(["advisories", "update", ...MIRRORED, "-q"], { env });
  await mustDistill(["advisories", "export", "-o", file], { env });
  const imported = await mustDistill(["advisories", "import", file], { env: other });
  assert.match(imported.stdout, /^osv-npm: imported, 3 records$/m);
  const again = join(temporaryDirectory(t), "again.zst");
  await mustDistill(["advisories", "export", "-o", again], { env: other });
  assert.ok(readFileSync(file).equals(readFileSync(again)), "the same data gives the same file");

  await mustDistill(["advisories", "update", "-q", "kev"], { env });
  const kept = await mustDistill(["advisories", "import", file], { env });
  assert.match(kept.stdout, /^kev: kept: /m);

  const text = zstdDecompressSync(readFileSync(file)).toString();
  const broken = join(temporaryDirectory(t), "broken.zst");
  const changes: readonly (readonly [string, string])[] = [
    ["cut", text.slice(0, text.length >> 1)],
    ["without its last line", text.slice(0, text.lastIndexOf("\n{"))],
    ["without a record", text.replace(/^\{"record".*\n/m, "")],
    ["with another's lines", `${text}{}\n`],
    ["not of ours", '{"format":"other"}\n'],
    ["with a foreign rule", text.replace('"kind":"osv"', '"kind":"other"')],
    ["with a fact that is none", text.replace('"score":0.5', '"score":"0.5"')],
  ];
  for (const [what, changed] of changes) {
    const target = join(temporaryDirectory(t), "advisories.db");
    writeFileSync(broken, zstdCompressSync(changed));
    await assert.rejects(
      importedFrom(target, broken, { force: false }),
      (error) => isDistillError(error, "FORMAT_INVALID"),
      what,
    );
    using source = openAdvisories(target);
    assert.deepEqual(source.feeds(), [], what);
  }
});

test("feeds and sources that there are none of are refused", async (t) => {
  const env = { DISTILL_HOME: ownHome(t).at("home") };
  const refused = async (...args: readonly string[]) => {
    const run = await distill(["advisories", "update", ...args], { env });
    assert.equal(run.status, 2, args.join(" "));
    return run.stderr;
  };
  assert.match(await refused("osv-pipy"), /did you mean osv-pypi\?/);
  assert.match(await refused("--source", "kev"), /names no place/);
  assert.match(await refused("--source", "kev=ftp://host/x"), /cannot be taken by ftp/);
  assert.match(await refused("--offline"), /unknown option/);
  assert.ok(!existsSync(advisoriesPath()));
});

test("the shared snapshot, in the feeds' own layout", {
  skip: unlessShared("advisories", "pypi.osv.jsonl.zst"),
  timeout: 120_000,
}, async (t) => {
  const { mirror, server } = await scene(t);
  writeSnapshotMirror(mirror);
  const feeds = ["osv-pypi", "osv-npm", "osv-go", "osv-crates", "osv-alpine", "nodejs-core", "kev"] as const;
  const first = await updateFeeds(feeds, { mirror: server.url });
  assert.deepEqual(
    first.map(({ outcome }) => outcome),
    feeds.map(() => "updated"),
  );
  assert.equal(first[0]?.records, 7237);
  const second = await updateFeeds(feeds, { mirror: server.url });
  assert.deepEqual(
    second.map(({ outcome }) => outcome),
    feeds.map(() => "unchanged"),
  );
  using source = openSource();
  assert.ok(source.about("PyPI", "django").length > 100);
  assert.ok(source.about("Go", "stdlib").length > 100);
  assert.ok([...source.ecosystems("osv-alpine")].every((name) => name.startsWith("Alpine:")));
});

test("the shared snapshot, from its files", { skip: unlessShared("advisories", "pypi.osv.jsonl.zst") }, async (t) => {
  const env = { DISTILL_HOME: ownHome(t).at("home") };
  const at = (name: string) => sharedPath("advisories", name);
  const sources = [
    ["osv-pypi", "pypi.osv.jsonl.zst"],
    ["osv-pypi", "pypi.ghsa.osv.jsonl.zst"],
    ["kev", "kev.json.zst"],
    ["debian-tracker", "debian-tracker-sample-1.json"],
  ].flatMap(([feed, file]) => ["--source", `${feed}=${at(file as string)}`]);
  await mustDistill(["advisories", "update", "osv-pypi", "kev", "debian-tracker", "-q", ...sources], { env });
  using source = openSource();
  assert.equal(source.feeds().find(({ feed }) => feed === "osv-pypi")?.records, 7237);
  assert.ok(source.ecosystems("debian-tracker").has("debian:buster"));
});
