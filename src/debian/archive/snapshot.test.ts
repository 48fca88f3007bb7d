import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { FaultServer } from "../../../test/support/fault-server.ts";
import { digestOf } from "../../lib/digest.ts";
import { closeHttp } from "../../lib/http/agent.ts";
import { progressTo } from "../../lib/progress.ts";
import { archiveContext } from "./archive-context.ts";
import { openDebs, type PoolFile } from "./debs.ts";
import { snapshotUrls } from "./snapshot.ts";

const DATE = Date.parse("2025-11-23T06:30:00Z");
const BYTES = Buffer.from("a package");
const PATH = "pool/main/d/demo/demo_1.0~1%2b_all.deb";
const FILE: PoolFile = {
  ...{ name: "demo", version: "1.0~1", filename: PATH.replaceAll("%2b", "+"), archive: 0 },
  ...{ size: BYTES.length, digest: digestOf(BYTES) },
};

describe("snapshotUrls", () => {
  const place = { archive: "debian-security", path: "pool/x.deb", date: DATE } as const;
  const times = (now: string) => snapshotUrls("http://s/a", place, Date.parse(now)).map((url) => url.split("/")[5]);

  it("looks half a day after the release first, then at its date and later", () => {
    assert.equal(
      snapshotUrls("http://s/a", place, Date.parse("2026-06-01T00:00:00Z"))[0],
      "http://s/a/debian-security/20251123T183000Z/pool/x.deb",
    );
    const all = ["20251123T183000Z", "20251123T063000Z", "20251124T183000Z", "20251130T063000Z"];
    assert.deepEqual(times("2026-06-01T00:00:00Z"), all);
  });

  it("never asks for a time to come", () => {
    assert.deepEqual(times("2025-11-23T09:00:00Z"), ["20251123T090000Z", "20251123T063000Z"]);
    assert.deepEqual(times("2025-11-23T06:30:00Z"), ["20251123T063000Z"]);
    assert.deepEqual(times("2025-11-20T00:00:00Z"), []);
  });
});

describe("a package that the mirror has no longer", () => {
  let directory: string;
  let server: FaultServer;
  let notes: string[];

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "distill-snapshot-"));
    server = await FaultServer.start(directory);
    notes = [];
  });

  afterEach(async () => {
    await closeHttp();
    await server.close();
    rmSync(directory, { recursive: true });
  });

  function fetch(
    options: { readonly snapshot?: string | undefined; readonly foreign?: boolean } = {},
  ): Promise<string> {
    const { foreign = false } = options;
    const snapshot = "snapshot" in options ? options.snapshot : `${server.url}/snapshot`;
    const progress = progressTo((event) => {
      if (event.kind === "note") notes.push(event.text);
    });
    const policy = { attempts: 2, firstDelay: 1 };
    const context = archiveContext({ cacheDirectory: join(directory, "cache"), progress, policy, snapshot });
    const source = { uri: `${server.url}/debian`, suite: "trixie", component: "main", keys: [] };
    const archive = { source: foreign ? source : { ...source, name: "debian" as const }, date: DATE };
    return openDebs([archive], context).fetchDeb(FILE);
  }

  function keep(time: string, bytes: Uint8Array): void {
    const path = join(directory, "snapshot/debian", time, PATH.replaceAll("%2b", "+"));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }

  it("is found at the second time, and that is told", async () => {
    keep("20251123T063000Z", BYTES);
    assert.match(await fetch(), /\.deb$/);
    // It is told once all downloads of a batch have ended.
    for (let tick = 0; tick < 200 && notes.length === 0; tick++) await sleep(10);
    assert.deepEqual(notes, ["No longer at the mirror, fetched from the snapshot archive: demo 1.0~1"]);
    assert.equal(server.asked("/snapshot/").length, 2);
  });

  it("is refused with wrong bytes; both places are named", async () => {
    keep("20251123T183000Z", Buffer.from("another x"));
    await assert.rejects(fetch(), {
      code: "DIGEST_MISMATCH",
      message: /\/debian\/pool\/\S+ answers 404 .*snapshot\/debian\/20251123T183000Z\/pool\/\S+ is not the file/,
    });
    assert.deepEqual(notes, []);
  });

  it("that nobody has is told with both places, and what to do", async () => {
    await assert.rejects(fetch(), (error: Error & { code?: string; hint?: string }) => {
      assert.equal(error.code, "NETWORK");
      assert.match(
        error.message,
        /\/debian\/pool\/\S+ answers 404 .*\/snapshot\/debian\/20251130T063000Z\/\S+ answers 404/,
      );
      assert.match(error.hint ?? "", /--update.*DISTILL_DEBIAN_SNAPSHOT/);
      return true;
    });
    assert.equal(server.asked("/snapshot/").length, 4);
  });

  it("is told with both places where the snapshot archive cannot be reached", async () => {
    await assert.rejects(fetch({ snapshot: "http://127.0.0.1:9/archive" }), {
      code: "NETWORK",
      message: /answers 404 .*cannot get http:\/\/127\.0\.0\.1:9\/archive\/debian\/.*refused/,
    });
  });

  it("is not sought where the snapshot archive is off, for archives of others, and for other answers than 404", async () => {
    keep("20251123T183000Z", BYTES);
    await assert.rejects(fetch({ snapshot: undefined }), { code: "NETWORK", message: /answers 404 Not Found$/ });
    await assert.rejects(fetch({ foreign: true }), { code: "NETWORK", message: /answers 404 Not Found$/ });
    server.fault("/debian/pool", { kind: "status", status: 403 });
    await assert.rejects(fetch(), { code: "NETWORK", message: /answers 403/ });
    assert.deepEqual(server.asked("/snapshot/"), []);
  });
});
