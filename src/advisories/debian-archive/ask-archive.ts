import { compareVersions } from "../../debian/package/version.ts";
import { DistillError } from "../../lib/errors.ts";
import { type ArchiveAnswer, answerKey, type InstalledSource, noAnswer } from "./answer.ts";
import { ArchiveAtHand, type ArchiveMeans } from "./archive-at-hand.ts";
import { type ChangelogFacts, fixesAfter } from "./changelog-facts.ts";
import type { WantedChangelog } from "./fetch-changelogs.ts";
import type { ArchiveState } from "./kept-archive.ts";
import type { NewestSource, SourceTable } from "./source-table.ts";

/** What one release of the archive says. */
export interface ArchiveSays {
  /** Undefined where nothing was ever had of it. */
  readonly state: ArchiveState | undefined;
  /** By answerKey(), one for each of the sources. */
  readonly answers: ReadonlyMap<string, ArchiveAnswer>;
}

/**
 * What a release of Debian's archive has that is newer than what is installed, and what that fixes. What was asked before
 * is answered from the cache, and so is everything where the archive cannot be reached: that is no failure. Throws
 * CANCELLED, and CONFIG_INVALID for a keyring that is none.
 */
export async function askArchive(
  release: string,
  installed: readonly InstalledSource[],
  means: ArchiveMeans,
): Promise<ArchiveSays> {
  const hand = await ArchiveAtHand.of(release, means);
  await hand.freshen(installed);
  const changelogs = await changelogsFor(installed, hand);
  const { table } = hand;
  const answers = installed.map((each): readonly [string, ArchiveAnswer] => [
    answerKey(each),
    table === undefined
      ? noAnswer(`Debian's archive of ${release} could not be looked at: ${hand.failure}`)
      : answerFrom(each, table.find(each.name), changelogs),
  ]);
  return { state: table === undefined ? undefined : hand.state, answers: new Map(answers) };
}

type Changelogs = ReadonlyMap<string, ChangelogFacts | string>;

function answerFrom(
  { release, name, version }: InstalledSource,
  newest: NewestSource | undefined,
  changelogs: Changelogs,
): ArchiveAnswer {
  if (newest === undefined) return noAnswer(`its source package is not in Debian ${release}`);
  const order = compareVersions(version, newest.version);
  if (order > 0) {
    return noAnswer(`it is newer than what Debian ${release} has: it is from elsewhere`);
  }
  const none = { level: "fixes-only", newer: undefined, suite: undefined, security: false } as const;
  if (order === 0) return { ...none, fixes: [], unknown: undefined };
  const newer = { ...none, newer: newest.version, suite: newest.suite };
  const security = newest.suite.endsWith("-security");
  const facts = changelogs.get(name) ?? "its changelog was not looked at";
  if (typeof facts === "string") return { ...newer, security, fixes: undefined, unknown: facts };
  if (facts.entries.length === 0) return { ...newer, security, fixes: undefined, unknown: facts.cut };
  const found = fixesAfter(facts, version, newest.version);
  return { ...newer, ...found, security: security || found.security };
}

/** The changelogs of sources of which something newer is there, by name; or why one could not be had. */
async function changelogsFor(installed: readonly InstalledSource[], hand: ArchiveAtHand): Promise<Changelogs> {
  const changelogs = new Map<string, ChangelogFacts | string>();
  for (;;) {
    const { table } = hand;
    const missing: WantedChangelog[] = [];
    changelogs.clear();
    const wanted = table === undefined ? [] : outdated(installed, table);
    const known = await Promise.all(wanted.map(({ name, version }) => hand.kept.changelog(name, version)));
    for (const [at, each] of wanted.entries()) {
      const facts = known[at];
      if (facts === undefined) missing.push(each);
      else changelogs.set(each.name, facts);
    }
    if (missing.length === 0) return changelogs;
    const opened = hand.opened ?? (hand.mayFetch ? await hand.open() : undefined);
    // The archive has moved on: other versions are the newest now.
    if (hand.table !== table) continue;
    if (opened === undefined) {
      for (const { name } of missing) changelogs.set(name, "its changelog is not in the cache");
      return changelogs;
    }
    const { fetchChangelogs } = await import("./fetch-changelogs.ts");
    let failed = false;
    for await (const [{ name, version }, facts] of fetchChangelogs(opened, missing)) {
      failed ||= facts instanceof DistillError;
      changelogs.set(name, facts instanceof DistillError ? facts.message : facts);
      if (!(facts instanceof DistillError)) await hand.kept.keepChangelog(name, version, facts);
    }
    if (failed && hand.mayFetch) await hand.changelogsFailed();
    return changelogs;
  }
}

/** The newest versions of the sources that are installed in an older one, each once. */
function outdated(installed: readonly InstalledSource[], table: SourceTable): readonly WantedChangelog[] {
  const found = new Map<string, WantedChangelog>();
  for (const { name, version } of installed) {
    const newest = table.find(name);
    if (newest !== undefined && compareVersions(version, newest.version) < 0) {
      found.set(name, { name, version: newest.version });
    }
  }
  return [...found.values()];
}
