import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { zstdDecompressSync } from "node:zlib";
import { answerKey } from "../../src/advisories/debian-archive/answer.ts";
import { debianFixes } from "../../src/app/debian-fixes.ts";
import { closeHttp } from "../../src/lib/http/agent.ts";
import { silentProgress } from "../../src/lib/progress.ts";
import { unlessMirror } from "../support/mirror.ts";
import { sharedPath, unlessShared } from "../support/shared.ts";
import { unlessTools } from "../support/tools.ts";

/** That this source fixed this CVE in this version, as somebody else has read it in Debian's changelogs. */
interface Row {
  readonly source: string;
  readonly cve: string;
  readonly version: string;
  /** The newest version when it was read. */
  readonly current: string;
}

const RELEASES = ["trixie", "bookworm"] as const;

function rowsOf(release: string): readonly Row[] {
  const text = zstdDecompressSync(readFileSync(sharedPath("advisories", `debian-changelog-${release}.jsonl.zst`)));
  return text
    .toString("utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
}

/** The order of all versions by dpkg's own library: whether one is older than another. */
function orderOf(versions: readonly string[]): (a: string, b: string) => boolean {
  const program =
    "use Dpkg::Version; chomp(my @v = <STDIN>); my $r = 0; my $l; for (sort { version_compare($a, $b) } @v) " +
    '{ $r++ if defined $l && version_compare($l, $_) != 0; $l = $_; print "$_ $r\\n" }';
  const input = [...new Set(versions)].join("\n");
  const output = execFileSync("perl", ["-e", program], { input, encoding: "utf8", maxBuffer: 1 << 26 });
  const ranks = new Map(
    output
      .trim()
      .split("\n")
      .map((line) => line.split(" "))
      .map(([version = "", rank]) => [version, Number(rank)]),
  );
  const rankOf = (version: string): number => ranks.get(version) ?? assert.fail(version);
  return (a, b) => rankOf(a) < rankOf(b);
}

const skip =
  unlessTools("perl", "dpkg-parsechangelog") ||
  unlessShared("advisories", "debian-changelog-trixie.jsonl.zst") ||
  (await unlessMirror());

describe("what Debian's archive has fixed since", { skip }, () => {
  const cacheDirectory = mkdtempSync(join(tmpdir(), "distill-fixes-"));
  after(async () => {
    await closeHttp();
    rmSync(cacheDirectory, { recursive: true });
  });

  for (const release of RELEASES) {
    it(`agrees with the snapshot of ${release}'s changelogs, whichever version is installed`, async () => {
      const rows = rowsOf(release);
      const bySource = Map.groupBy(rows, ({ source }) => source);
      const installed = rows.map(({ source, version }) => ({ release, name: source, version }));
      const options = {
        cacheDirectory,
        architecture: "amd64",
        offline: false,
        refresh: false,
        progress: silentProgress,
      };
      const { state, answers } = await debianFixes(installed, { ...options, signal: undefined });
      assert.ok(state !== undefined && state.records > 20_000);
      assert.equal(state.failure, undefined);
      const isOlder = orderOf([
        ...rows.flatMap(({ version, current }) => [version, current]),
        ...[...answers.values()].flatMap(({ fixes = [] }) => fixes.map(({ version }) => version)),
        ...[...answers.values()].flatMap(({ newer }) => newer ?? []),
      ]);
      const wrong: string[] = [];
      let compared = 0;
      for (const key of new Set(installed.map(answerKey))) {
        const [, name = "", version = ""] = key.split("/");
        const { level, newer, fixes, unknown } = answers.get(key) ?? assert.fail(key);
        const known = bySource.get(name) ?? [];
        // A source of another name in the history of one that is in the release.
        if (level === "none") continue;
        compared++;
        if (unknown !== undefined) wrong.push(`${key}: ${unknown}`);
        // What the archive has got since the snapshot was taken is not in it; new changelogs say more of old versions, too.
        const current = known[0]?.current ?? "";
        // What a backport was made of is below it, though its version is newer.
        const isOwn = (row: Row) => version.startsWith(`${row.version}~`);
        const expected = known.filter((row) => isOlder(version, row.version) && !isOwn(row)).map(({ cve }) => cve);
        const found = (fixes ?? []).filter((fix) => !isOlder(current, fix.version)).map(({ cve }) => cve);
        const since = new Set(fixes?.map(({ cve }) => cve));
        const missing = [...new Set(expected)].filter((cve) => !since.has(cve));
        const hasMoved = newer !== undefined && isOlder(current, newer);
        const invented = hasMoved ? [] : found.filter((cve) => !expected.includes(cve));
        for (const cve of [...missing, ...invented]) wrong.push(`${key}: ${cve}`);
        if (newer === undefined && isOlder(version, current)) wrong.push(`${key}: nothing newer`);
      }
      assert.deepEqual(wrong, []);
      assert.ok(compared > 350, `${compared} were compared`);
    });
  }

  it("costs nothing the second time", async () => {
    const installed = rowsOf("trixie").map(({ source, version }) => ({ release: "trixie", name: source, version }));
    const options = { cacheDirectory, architecture: "amd64", offline: true, refresh: false, progress: silentProgress };
    const { answers } = await debianFixes(installed, { ...options, signal: undefined });
    assert.ok([...answers.values()].every(({ unknown }) => !/not in the cache/.test(unknown ?? "")));
  });
});
