import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { flipByte, makeTestKey, TestArchive } from "../../../test/support/archive.ts";
import type { TestPackage } from "../../../test/support/deb-writer.ts";
import { FaultServer } from "../../../test/support/fault-server.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { digestOf } from "../../lib/digest.ts";
import { type ErrorCode, isDistillError } from "../../lib/errors.ts";
import { closeHttp } from "../../lib/http/agent.ts";
import { type ProgressEvent, progressTo } from "../../lib/progress.ts";
import type { BinaryPackage } from "../package/package.ts";
import { RELEASE_FRESH_FOR } from "./accept-release.ts";
import { type ArchiveOptions, type Archives, openArchives } from "./archive.ts";

const DAY = 24 * 60 * 60 * 1000;
const POLICY = { attempts: 3, firstDelay: 1, maxDelay: 2 };
const HELLO: TestPackage = { name: "hello", files: { "/usr/bin/hello": "x".repeat(20_000) }, compression: "none" };
const OTHER: TestPackage = { name: "other", version: "2.0-1", files: { "/usr/share/other": "other" } };

let cacheDirectory: string;
let archive: TestArchive;
let server: FaultServer;
let events: ProgressEvent[];

beforeEach(async () => {
  cacheDirectory = await mkdtemp(join(tmpdir(), "distill-cache-"));
  archive = await TestArchive.create([{ packages: [HELLO, OTHER] }]);
  server = await FaultServer.start(archive.directory);
  events = [];
});

afterEach(async () => {
  await closeHttp();
  await server.close();
  await archive.remove();
  await rm(cacheDirectory, { recursive: true });
});

function open(options: Partial<ArchiveOptions> = {}): Promise<Archives> {
  const progress = progressTo((event) => events.push(event));
  const sources = archive.sources(server.url);
  return openArchives({ sources, architecture: "amd64", cacheDirectory, progress, policy: POLICY, ...options });
}

function warnings(): readonly string[] {
  return events.flatMap((event) => (event.kind === "note" && event.level === "warning" ? [event.text] : []));
}

async function find(archives: Archives, name: string): Promise<BinaryPackage> {
  const [found] = (await archives.index()).versions(name);
  assert.ok(found);
  return found;
}

async function assertFails(promise: Promise<unknown>, code: ErrorCode, message: RegExp, hint?: RegExp): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(isDistillError(error, code), String(error));
    assert.match(error.message, message);
    if (hint !== undefined) assert.match(error.hint ?? "", hint);
    return true;
  });
}

async function cached(folder: string): Promise<string[]> {
  const names = await readdir(join(cacheDirectory, folder));
  return names.map((name) => join(cacheDirectory, folder, name));
}

describe("openArchives", () => {
  it("finds the packages of every source and knows which archive each is of", async () => {
    await archive.publish({ codename: "trixie-security", packages: [{ ...HELLO, version: "1.0-1+deb13u1" }] });
    const sources = archive.sources(server.url, ["trixie", "trixie-updates", "trixie-security"]);
    const archives = await open({ sources });
    const versions = (await archives.index()).versions("hello").map(({ version, archive }) => [version, archive]);
    assert.deepEqual(versions, [
      ["1.0-1+deb13u1", 2],
      ["1.0-1", 0],
    ]);
    assert.deepEqual(
      archives.releases.map(({ release }) => release.codename),
      ["trixie", "trixie-updates", "trixie-security"],
    );
    const path = await archives.fetchDeb(await find(archives, "hello"));
    assert.equal(digestOf(await readFile(path)), (await find(archives, "hello")).digest);
  });

  it("fetches the index by its hash, or by name where the mirror has no such file", async () => {
    await open();
    assert.match(server.asked("binary-amd64").join(), /^[^,]*by-hash\/SHA256\/[0-9a-f]{64}$/);
    await rm(join(cacheDirectory, "indexes"), { recursive: true });
    server.fault("by-hash", { kind: "status", status: 404 });
    await open();
    assert.match(server.asked("binary-amd64").at(-1) ?? "", /Packages\.gz$/);
  });

  it("reads an index that is only there as xz, or only plain", { skip: unlessTools("xz") }, async () => {
    for (const form of ["xz", "none"] as const) {
      await archive.publish({ packages: [OTHER], forms: [form], byHash: false });
      const archives = await open({ refresh: true });
      assert.equal((await find(archives, "other")).version, "2.0-1");
      assert.deepEqual((await archives.index()).versions("hello"), []);
    }
  });

  it("says which architectures there are where the wanted one is not", async () => {
    await assertFails(open({ architecture: "m68k" }), "UNSUPPORTED", /trixie has no packages for m68k/, /all, amd64/);
  });

  it("uses a recent release without asking, an older one after asking whether it changed", async () => {
    await open();
    await open();
    assert.equal(server.asked("InRelease").length, 1);
    const later = Date.now() + RELEASE_FRESH_FOR;
    await open({ now: () => later });
    assert.equal(server.requests.at(-1)?.headers["if-none-match"] !== undefined, true);
    await open({ now: () => later + 1000 });
    assert.equal(server.asked("InRelease").length, 2);
    await open({ now: () => later + 2000, refresh: true });
    assert.equal(server.asked("InRelease").length, 3);
    assert.equal(server.asked("Packages").length + server.asked("by-hash").length, 1);
  });

  it("sees what was published since, when it asks", async () => {
    await open();
    await archive.publish({ packages: [{ ...HELLO, version: "1.1-1" }], date: new Date(Date.now() + 1000) });
    assert.equal((await find(await open(), "hello")).version, "1.0-1");
    assert.equal((await find(await open({ refresh: true }), "hello")).version, "1.1-1");
  });
});

describe("a bad mirror", () => {
  it("that flips a byte of InRelease is refused by address", async () => {
    server.fault("InRelease", { kind: "flip", at: 120 });
    await assertFails(open(), "BAD_SIGNATURE", /http:\/\/127\.0\.0\.1:\d+\/debian\/dists\/trixie\/InRelease/);
    await assert.rejects(cached("releases"), { code: "ENOENT" });
  });

  it("that signs with another key is refused", async () => {
    await archive.publish({ packages: [HELLO], signedBy: await makeTestKey() });
    await assertFails(open(), "BAD_SIGNATURE", /is not trusted/);
  });

  it("that flips a byte of the package index is refused after a second look, with both digests", async () => {
    server.fault("binary-amd64", { kind: "flip", at: -1 });
    await assertFails(open(), "DIGEST_MISMATCH", /by-hash.*: expected sha256:[0-9a-f]{64}, got sha256:[0-9a-f]{64}/);
    assert.equal(server.asked("InRelease").length, 2);
    assert.equal(server.requests.at(-2)?.headers["cache-control"], "no-cache");
    await assert.rejects(cached("indexes"), { code: "ENOENT" });
  });

  it("that breaks the compression of the index is told from a broken index", async () => {
    server.fault("binary-amd64", { kind: "flip", at: 0 });
    await assertFails(open(), "DIGEST_MISMATCH", /expected sha256:/);
  });

  it("that serves half of an index is refused with both sizes", async () => {
    server.fault("binary-amd64", { kind: "half" });
    await assertFails(open(), "DIGEST_MISMATCH", /expected \d+ bytes, got \d+/);
  });

  it("in the middle of an update is asked once more", async () => {
    server.fault("binary-amd64", { kind: "flip", at: -1, times: 1 });
    assert.equal((await find(await open(), "hello")).version, "1.0-1");
  });

  it("that serves an expired release is refused with both dates, and a hint at the clock", async () => {
    const date = new Date(Date.now() - 10 * DAY);
    await archive.publish({ packages: [HELLO], date });
    await assertFails(open(), "RELEASE_EXPIRED", /InRelease was valid until .* UTC; it is now .* UTC/, /clock/);
  });

  it("that serves an older release than before is refused, even when the newer one is lost from the cache", async () => {
    await open();
    await archive.publish({ packages: [HELLO], date: new Date(Date.now() - DAY) });
    await assertFails(open({ refresh: true }), "RELEASE_ROLLED_BACK", /InRelease is of .*, older than the one of/);
    for (const path of await cached("releases")) if (path.endsWith(".InRelease")) await rm(path);
    await assertFails(open(), "RELEASE_ROLLED_BACK", /older than/);
  });

  it("that serves another suite's release is refused", async () => {
    await writeFile(archive.inRelease("trixie"), await readFile(archive.inRelease("trixie-updates")));
    await assertFails(open(), "BAD_SIGNATURE", /signed, but for trixie-updates \(stable-updates\), not for trixie/);
  });

  it("that has no such suite is named, with the way to name another", async () => {
    const sources = archive.sources(server.url, ["forky"]);
    await assertFails(open({ sources }), "NETWORK", /forky\/InRelease answers 404 Not Found/, /DISTILL_DEBIAN_MIRROR/);
  });

  it("that redirects in a circle is named", async () => {
    server.fault("InRelease", { kind: "redirect", to: "/debian/dists/trixie/InRelease" });
    await assertFails(open(), "NETWORK", /redirects in a circle/);
  });

  it("that is not there is named", async () => {
    await server.close();
    await assertFails(open(), "NETWORK", /trixie\/InRelease: connection refused/, /DISTILL_DEBIAN_MIRROR/);
  });

  it("that fails now and then is asked again", async () => {
    server.fault("InRelease", { kind: "status", status: 500, times: 2 });
    server.fault("binary-amd64", { kind: "cut", after: 50, times: 1 });
    server.fault("pool/", { kind: "cut", after: 10_000, times: 1 });
    const archives = await open();
    const hello = await find(archives, "hello");
    assert.equal(digestOf(await readFile(await archives.fetchDeb(hello))), hello.digest);
  });
});

describe("the cache of releases and indexes", () => {
  it("serves with a warning while the mirror is away", async () => {
    await open();
    await server.close();
    assert.equal((await find(await open({ refresh: true }), "hello")).version, "1.0-1");
    assert.match(warnings().join(), /connection refused.*; using trixie of .* from the cache/);
  });

  it("does not serve in place of a mirror that is away once it has expired", async () => {
    await open();
    await server.close();
    const later = Date.now() + 8 * DAY;
    await assertFails(open({ now: () => later }), "NETWORK", /connection refused/);
  });

  it("serves offline without a request, with a warning once it has expired", async () => {
    await open();
    const before = server.requests.length;
    const later = Date.now() + 8 * DAY;
    assert.equal((await find(await open({ offline: true }), "hello")).version, "1.0-1");
    assert.deepEqual(warnings(), []);
    assert.equal((await find(await open({ offline: true, now: () => later }), "hello")).version, "1.0-1");
    assert.match(warnings().join(), /offline: using trixie from the cache, though it was valid until/);
    assert.equal(server.requests.length, before);
  });

  it("is named where offline finds nothing: the release, the index", async () => {
    await assertFails(open({ offline: true }), "OFFLINE", /trixie\/InRelease is not in the cache/, /--offline/);
    await open();
    await rm(join(cacheDirectory, "indexes"), { recursive: true });
    await assertFails(open({ offline: true }), "OFFLINE", /the package index of trixie .* is not in the cache/);
    assert.equal(server.asked("InRelease").length, 1);
  });

  it("notices a damaged InRelease, names it and fetches it again; offline it counts as missing", async () => {
    await open();
    const [path] = (await cached("releases")).filter((name) => name.endsWith(".InRelease"));
    assert.ok(path);
    await flipByte(path, 120);
    await assertFails(open({ offline: true }), "OFFLINE", /InRelease is not in the cache/);
    assert.ok(warnings()[0]?.startsWith(`ignoring a file of the cache: no good signature on ${path}`));
    events = [];
    await open();
    assert.equal(warnings().length, 1);
    events = [];
    await open({ offline: true });
    assert.deepEqual(warnings(), []);
  });

  it("does not take a release for verified that other keys had verified", async () => {
    await open();
    const sources = archive.sources(
      server.url,
      ["trixie"],
      [{ fingerprint: undefined, armored: (await makeTestKey()).armored }],
    );
    await assertFails(open({ sources, offline: true }), "OFFLINE", /not in the cache/);
    assert.match(warnings().join(), /is not trusted/);
  });

  it("trusts the signature where the record is lost", async () => {
    await open();
    for (const path of await cached("releases")) if (path.endsWith(".json")) await writeFile(path, "{");
    assert.equal((await find(await open({ offline: true }), "hello")).version, "1.0-1");
    await archive.publish({ packages: [HELLO], date: new Date(Date.now() - DAY) });
    await assertFails(open(), "RELEASE_ROLLED_BACK", /older than/);
  });

  it("notices a damaged index, names it and makes it anew; offline it is an error", async () => {
    await open();
    const [path] = await cached("indexes");
    assert.ok(path);
    await flipByte(path, 100);
    await assertFails((await open({ offline: true })).index(), "STORE_CORRUPT", new RegExp(path));
    assert.equal((await find(await open(), "hello")).version, "1.0-1");
    assert.equal(warnings().filter((text) => text.includes(path)).length, 1);
    assert.equal((await find(await open({ offline: true }), "hello")).version, "1.0-1");
  });

  it("keeps credentials of a mirror's address out of names and records", async () => {
    const sources = archive.sources(server.url.replace("//", "//user:s3cret@"));
    await open({ sources });
    for (const path of await cached("releases")) {
      assert.ok(!`${path} ${await readFile(path, "utf8")}`.includes("s3cret"));
    }
  });
});

describe("fetchDebs", () => {
  it("downloads what is missing as one task with a total, and nothing twice", async () => {
    const archives = await open();
    const packages = [await find(archives, "hello"), await find(archives, "other")];
    events = [];
    const paths = await Promise.all(archives.fetchDebs(packages));
    const total = packages.reduce((sum, { size }) => sum + size, 0);
    assert.deepEqual(events[0], { kind: "start", task: 2, title: "Fetching 2 packages", total });
    const progress = events.findLast(({ kind }) => kind === "advance");
    assert.deepEqual(progress, { kind: "advance", task: 2, done: total, total });
    assert.deepEqual(await Promise.all(archives.fetchDebs(packages)), paths);
    assert.equal(server.asked("pool/").length, 2);
  });

  it("refuses a flipped byte by address and leaves nothing in the cache", async () => {
    const archives = await open();
    server.fault("pool/main/h/", { kind: "flip", at: 100 });
    const [hello, other] = archives.fetchDebs([await find(archives, "hello"), await find(archives, "other")]);
    assert.ok(hello && other);
    await assertFails(
      hello,
      "DIGEST_MISMATCH",
      /pool\/main\/h\/hello\/hello_1\.0-1_amd64\.deb is not the file .*: expected sha256:/,
    );
    await other;
    assert.deepEqual(await cached("debs"), [await other]);
    assert.deepEqual(await cached("partial"), []);
  });

  it("names a package that the mirror no longer has", async () => {
    const archives = await open();
    await rm(archive.deb(HELLO));
    await assertFails(
      archives.fetchDeb(await find(archives, "hello")),
      "NETWORK",
      /hello_1\.0-1_amd64\.deb answers 404/,
    );
  });

  it("offline takes what is there and names what is not", async () => {
    const online = await open();
    await online.fetchDeb(await find(online, "other"));
    const archives = await open({ offline: true });
    const [hello, other] = archives.fetchDebs([await find(archives, "hello"), await find(archives, "other")]);
    assert.ok(hello && other);
    await assertFails(hello, "OFFLINE", /not in the cache: hello 1\.0-1$/, /without --offline/);
    await other;
    assert.equal(server.asked("pool/").length, 1);
  });
});
