import assert from "node:assert/strict";
import { rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { writeMirror } from "../../test/support/advisory-mirror.ts";
import { BlackHole } from "../../test/support/black-hole.ts";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { FaultServer } from "../../test/support/fault-server.ts";
import { ownHome } from "../../test/support/home.ts";
import type { FeedId } from "../advisories/feed.ts";
import { closeHttp } from "../lib/http/agent.ts";
import { type ProgressEvent, progressTo } from "../lib/progress.ts";
import { chooseSources, feedStates } from "./advisories.ts";
import { type FeedProblem, type FreshenOptions, freshenFeeds } from "./fresh-advisories.ts";

const HOUR = 60 * 60 * 1000;
const FEEDS: readonly FeedId[] = ["debian-archive", "osv-pypi", "kev", "epss"];

async function scene(t: TestContext) {
  ownHome(t);
  const mirror = temporaryDirectory(t);
  writeMirror(mirror);
  const server = await FaultServer.start(mirror);
  useMirror(t, server.url);
  t.after(async () => {
    await closeHttp();
    await server.close();
  });
  const events: ProgressEvent[] = [];
  const freshen = (
    feeds: readonly FeedId[],
    options: Partial<FreshenOptions> = {},
  ): Promise<readonly FeedProblem[]> => {
    const progress = progressTo((event) => events.push(event));
    return freshenFeeds(new Set(feeds), { offline: false, refresh: false, progress, signal: undefined, ...options });
  };
  return { server, freshen, events };
}

function useMirror(t: TestContext, url: string): void {
  process.env.DISTILL_ADVISORY_MIRROR = url;
  t.after(() => delete process.env.DISTILL_ADVISORY_MIRROR);
}

test("files that carry no date are as old as they were last written, also where they come again", async (t) => {
  const { freshen } = await scene(t);
  const file = join(temporaryDirectory(t), "tracker.json");
  const state = { status: "open", urgency: "low" };
  writeFileSync(file, JSON.stringify({ bash: { "CVE-2026-1000": { releases: { trixie: state } } } }));
  await chooseSources([`debian-tracker=${file}`]);
  for (const day of ["2026-01-01T00:00:00.000Z", "2026-02-03T00:00:00.000Z"]) {
    utimesSync(file, new Date(day), new Date(day));
    assert.deepEqual(await freshen(["debian-tracker"], { refresh: true }), []);
    assert.equal(feedStates().find(({ feed }) => feed === "debian-tracker")?.dated, day);
  }
});

function known(): readonly FeedId[] {
  return feedStates().flatMap(({ feed, checkedAt }) => (checkedAt > 0 ? [feed] : []));
}

test("what is missing is fetched, what is new enough is not asked for, and what is old is", async (t) => {
  const { server, freshen } = await scene(t);
  assert.deepEqual(await freshen(FEEDS), []);
  assert.deepEqual(known(), ["epss", "kev", "osv-pypi"]);
  assert.equal(server.requests.length, 3);
  assert.deepEqual(await freshen(FEEDS, { now: Date.now() + 11 * HOUR }), []);
  assert.equal(server.requests.length, 3);
  assert.deepEqual(await freshen(FEEDS, { now: Date.now() + 13 * HOUR }), []);
  assert.equal(server.requests.length, 6);
  assert.deepEqual(await freshen(["kev"], { maxAge: 0 }), []);
  assert.equal(server.requests.length, 7);
  assert.deepEqual(await freshen(FEEDS, { refresh: true }), []);
  assert.equal(server.requests.length, 10);
});

test("what fails is told, keeps nothing else from being renewed, and is not tried again for an hour", async (t) => {
  const { server, freshen, events } = await scene(t);
  server.fault("PyPI", { kind: "status", status: 503 });
  server.fault("epss", { kind: "hang-up" });
  const problems = await freshen(FEEDS);
  assert.deepEqual(
    problems.map(({ feed, missing }) => [feed, missing]),
    [
      ["osv-pypi", true],
      ["epss", true],
    ],
  );
  assert.match(problems[0]?.failure ?? "", /answers 503/);
  assert.match(problems[1]?.failure ?? "", /cut/);
  assert.deepEqual(known(), ["kev"]);
  assert.ok(
    events.every((event) => event.kind !== "end" || event.outcome !== "failed"),
    "it is told elsewhere",
  );
  const asked = server.requests.length;
  assert.deepEqual(await freshen(FEEDS), problems);
  assert.equal(server.requests.length, asked);
  server.heal();
  assert.deepEqual(await freshen(FEEDS, { now: Date.now() + 2 * HOUR }), []);
  assert.deepEqual(known(), ["epss", "kev", "osv-pypi"]);
});

test("one that cannot be renewed is old, and not missing; --refresh tries at once", async (t) => {
  const { server, freshen } = await scene(t);
  await freshen(["kev"]);
  server.fault("vulnerabilities", { kind: "status", status: 404 });
  const later = { maxAge: 0 };
  const [problem] = await freshen(["kev"], later);
  assert.equal(problem?.missing, false);
  const asked = server.requests.length;
  assert.deepEqual(await freshen(["kev"], later), [problem]);
  assert.equal(server.requests.length, asked);
  server.heal();
  assert.deepEqual(await freshen(["kev"], { ...later, refresh: true }), []);
});

test("offline nobody is asked", async (t) => {
  const { server, freshen } = await scene(t);
  const problems = await freshen(FEEDS, { offline: true });
  assert.deepEqual(
    problems.map(({ failure, missing }) => [failure, missing]),
    Array(3).fill(["not asked for: --offline", true]),
  );
  assert.equal(server.requests.length, 0);
});

test("hosts that swallow packets are waited for once, all at the same time", async (t) => {
  const hole = await BlackHole.open();
  t.after(() => hole.close());
  const { freshen } = await scene(t);
  useMirror(t, `http://127.0.0.1:${hole.port}`);
  const feeds: readonly FeedId[] = ["debian-tracker", "osv-pypi", "osv-npm", "osv-go", "kev", "epss"];
  const began = performance.now();
  const problems = await freshen(feeds);
  const first = performance.now();
  assert.deepEqual(
    problems.map(({ feed }) => feed),
    feeds,
  );
  for (const { failure } of problems) assert.match(failure, /timed out while connecting/);
  assert.ok(first - began < 9000, `${first - began} ms`);
  assert.deepEqual(await freshen(feeds), problems);
  assert.ok(performance.now() - first < 500);
});

test("data that was thrown away is fetched again", async (t) => {
  const { freshen } = await scene(t);
  await freshen(["kev"]);
  rmSync(process.env.DISTILL_HOME ?? "", { recursive: true });
  assert.deepEqual(await freshen(["kev"]), []);
  assert.deepEqual(known(), ["kev"]);
});
