import assert from "node:assert/strict";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { isDistillError } from "../../lib/errors.ts";
import type { AdvisoryRecord } from "../advisory.ts";
import type { FeedItem } from "../feeds/item.ts";
import { importFile } from "./imported.ts";
import { openAdvisories, readFeedStates } from "./source.ts";
import { AdvisoryDatabase } from "./writer.ts";

const RENEWED = { place: "a test", checkedAt: 1000, digest: "", seen: {} };

function record(id: string, more: Partial<AdvisoryRecord> = {}): AdvisoryRecord {
  const none = { published: undefined, modified: undefined, withdrawn: undefined, link: undefined };
  const severities = [{ source: "GHSA", type: "label", value: "HIGH" }] as const;
  return { id, aliases: [], summary: id, severities, ...none, ...more };
}

function entry(ecosystem: string, name: string, of: AdvisoryRecord): FeedItem {
  return { kind: "entry", ecosystem, name, record: of, rule: { kind: "osv", versions: ["1.0"] } };
}

async function* batches(...items: readonly (readonly FeedItem[])[]): AsyncGenerator<readonly FeedItem[]> {
  yield* items;
}

async function scene(t: TestContext): Promise<{ readonly path: string; readonly database: AdvisoryDatabase }> {
  const path = join(temporaryDirectory(t), "advisories", "advisories.db");
  const database = await AdvisoryDatabase.open(path);
  t.after(() => database[Symbol.dispose]());
  return { path, database };
}

test("entries are found by ecosystem and name, over all feeds, with their record as it was", async (t) => {
  const { path, database } = await scene(t);
  const shared = record("GHSA-1", { aliases: ["CVE-2026-1000"] });
  const one = [entry("PyPI", "flask", shared), entry("PyPI", "werkzeug", shared), entry("npm", "flask", shared)];
  assert.deepEqual(await database.replace("osv-pypi", batches(one, []), RENEWED), { records: 1, dated: undefined });
  const other = record("PYSEC-1", { aliases: ["CVE-2026-1000"], withdrawn: "2026-01-01T00:00:00Z" });
  await database.replace(
    "osv-npm",
    batches([entry("npm", "flask", other), { kind: "dated", date: "2026-01-02" }]),
    RENEWED,
  );
  using source = openAdvisories(path, (text) => assert.fail(text));
  assert.deepEqual(
    source.about("PyPI", "flask"),
    [{ feed: "osv-pypi", record: shared, rule: { kind: "osv", versions: ["1.0"] } }].map((each) =>
      JSON.parse(JSON.stringify(each)),
    ),
  );
  assert.deepEqual(
    source.about("npm", "flask").map(({ feed }) => feed),
    ["osv-npm", "osv-pypi"],
  );
  assert.deepEqual(source.about("npm", "Flask"), []);
  assert.deepEqual([...source.ecosystems("osv-pypi")], ["PyPI", "npm"]);
  assert.deepEqual([...source.ecosystems("kev")], []);
  // Of what was taken back nothing counts.
  assert.deepEqual(source.severitiesOf("CVE-2026-1000"), shared.severities);
  assert.deepEqual(source.severitiesOf("PYSEC-1"), []);
  assert.deepEqual(
    source.feeds().map(({ feed, dated }) => [feed, dated]),
    [
      ["osv-npm", "2026-01-02"],
      ["osv-pypi", undefined],
    ],
  );
});

test("what Debian says of support is found by the nearest of its names", async (t) => {
  const { path, database } = await scene(t);
  const note = { kind: "limited", since: undefined, text: "not for untrusted input" } as const;
  const items: readonly FeedItem[] = [
    { kind: "support", release: "trixie", source: "binutils", note },
    { kind: "support", release: "trixie", source: "golang.*", note },
    { kind: "support", release: "trixie", source: "golang-1.24", note: undefined },
  ];
  await database.replace("debian-support", batches(items), RENEWED);
  using source = openAdvisories(path);
  assert.equal(source.support("trixie", "binutils")?.kind, "limited");
  assert.equal(source.support("bookworm", "binutils"), undefined);
  assert.equal(source.support("trixie", "golang-1.24"), undefined);
});

test("a feed that breaks off, or is not accepted, leaves what was there", async (t) => {
  const { path, database } = await scene(t);
  await database.replace("osv-npm", batches([entry("npm", "a", record("old"))]), RENEWED);
  async function* broken(): AsyncGenerator<readonly FeedItem[]> {
    yield [entry("npm", "a", record("new"))];
    throw new Error("cut");
  }
  await assert.rejects(database.replace("osv-npm", broken(), RENEWED), /cut/);
  const accept = (): void => {
    throw new Error("not accepted");
  };
  await assert.rejects(database.replace("osv-npm", batches([entry("npm", "a", record("new"))]), RENEWED, { accept }));
  const long = record("x".repeat(2000));
  await assert.rejects(database.replace("osv-npm", batches([entry("npm", "a", long)]), RENEWED), (error) =>
    isDistillError(error, "LIMIT_EXCEEDED"),
  );
  using source = openAdvisories(path);
  assert.deepEqual(
    source.about("npm", "a").map((each) => each.record.id),
    ["old"],
  );
});

test("changes of one process follow one another, however they are asked for", async (t) => {
  const { path, database } = await scene(t);
  const ids = Array.from({ length: 20 }, (_, index) => `id-${index}`);
  await Promise.all(ids.map((id) => database.replace("osv-npm", batches([entry("npm", "a", record(id))]), RENEWED)));
  await Promise.all([database.failed("kev", 5, "no such host"), database.checked("osv-npm", 2000)]);
  using source = openAdvisories(path);
  assert.equal(source.about("npm", "a")[0]?.record.id, "id-19");
  assert.equal(source.feeds()[0]?.checkedAt, 2000);
  const kev = readFeedStates(path).find(({ feed }) => feed === "kev");
  assert.deepEqual([kev?.failure, kev?.failedAt, kev?.checkedAt], ["no such host", 5, 0]);
});

test("an import waits for a change that is under way, and keeps what that brought where it is newer", async (t) => {
  const { path, database } = await scene(t);
  const file = join(temporaryDirectory(t), "export");
  const lines = [
    { format: "distill-advisories", version: 1 },
    { feed: { feed: "osv-npm", place: "a test", checkedAt: 500, digest: "" } },
    { record: record("GHSA-old"), about: [["npm", "a", { kind: "osv", versions: ["1.0"] }]] },
    { endOfFeed: "osv-npm", entries: 1, facts: 0 },
    { end: "distill-advisories", feeds: 1 },
  ];
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const update = database.replace("osv-npm", batches([entry("npm", "a", record("GHSA-new"))]), RENEWED);
  const options = { force: false, now: 2000 };
  const [imported] = await Promise.all([importFile(database, { path: file, what: file, name: file }, options), update]);
  assert.deepEqual(imported, [{ feed: "osv-npm", outcome: "kept", records: 1 }]);
  using source = openAdvisories(path);
  assert.deepEqual(
    source.about("npm", "a").map(({ record: { id } }) => id),
    ["GHSA-new"],
  );
});

test("without a database there is no data; one that is none is said, and the writer sets it aside", async (t) => {
  const path = join(temporaryDirectory(t), "advisories.db");
  using none = openAdvisories(path);
  assert.deepEqual([none.feeds(), none.about("npm", "a"), none.severitiesOf("x")], [[], [], []]);
  writeFileSync(path, "<html>".repeat(1000));
  const warnings: string[] = [];
  using damaged = openAdvisories(path, (text) => warnings.push(text));
  assert.deepEqual(damaged.feeds(), []);
  using database = await AdvisoryDatabase.open(path, { warn: (text) => warnings.push(text) });
  assert.deepEqual(database.feeds(), []);
  assert.match(warnings.join("\n"), /is damaged.*\n.*moved to .*advisories\.db\.aside/);
  assert.equal(statSync(`${path}.aside`).size, 6000);
});
