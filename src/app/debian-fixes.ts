import { type ArchiveAnswer, answerKey, type InstalledSource, noAnswer } from "../advisories/debian-archive/answer.ts";
import type { FeedState } from "../advisories/feed.ts";
import { findRelease } from "../debian/releases.ts";
import type { HttpPolicy } from "../lib/http/retry.ts";
import { shownUrl } from "../lib/http/url.ts";
import type { Progress } from "../lib/progress.ts";

export interface DebianFixesOptions {
  readonly cacheDirectory: string;
  /** Of the image, as Debian calls it: "amd64". */
  readonly architecture: string;
  /** What is in the cache serves, and nothing else. */
  readonly offline: boolean;
  /** The archive is asked even if that was done, or failed, a short while ago. */
  readonly refresh: boolean;
  /** For so long, in milliseconds, the archive is not asked again; default 6 hours. */
  readonly maxAge?: number;
  /** Milliseconds since the epoch; default Date.now. */
  readonly now?: () => number;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

/** What Debian's archive says. */
export interface DebianFixes {
  /** Of the archive; undefined where nothing of it was ever had, or nobody asked. */
  readonly state: FeedState | undefined;
  /** By answerKey(); one for each source that was asked about. */
  readonly answers: ReadonlyMap<string, ArchiveAnswer>;
}

const MAX_AGE = 6 * 60 * 60 * 1000;

/** A scan does not wait for long: what is in the cache serves too. */
const POLICY: Partial<HttpPolicy> = { attempts: 1, connectTimeout: 3000, headersTimeout: 10_000 };

/**
 * Asks Debian's archive about the source packages that are installed in an image: what it has that is newer, and what that
 * fixes. A source of a release that distill does not know, or that the archive has not, and an archive that cannot be
 * reached and is not in the cache, are answered with level `none` and the reason. A network that fails is no failure:
 * what is in the cache serves, of whatever date, and the state says why. Throws CANCELLED, and CONFIG_INVALID where
 * DISTILL_DEBIAN_MIRROR and its like are wrong.
 */
export async function debianFixes(
  sources: readonly InstalledSource[],
  options: DebianFixesOptions,
): Promise<DebianFixes> {
  const answers = new Map<string, ArchiveAnswer>();
  const states: FeedState[] = [];
  for (const [release, installed] of byRelease(sources)) {
    if (findRelease(release) === undefined) {
      const reason = `distill does not know Debian's release ${JSON.stringify(release)}`;
      for (const each of installed) answers.set(answerKey(each), noAnswer(reason));
      continue;
    }
    const said = await askRelease(release, installed, options);
    for (const [key, answer] of said.answers) answers.set(key, answer);
    if (said.state !== undefined) states.push(said.state);
  }
  const [oldest] = states.sort((a, b) => a.checkedAt - b.checkedAt);
  return { state: oldest, answers };
}

async function askRelease(
  release: string,
  installed: readonly InstalledSource[],
  { architecture, cacheDirectory, offline, refresh, progress, signal, maxAge = MAX_AGE, now }: DebianFixesOptions,
): Promise<DebianFixes> {
  const { askArchive } = await import("../advisories/debian-archive/ask-archive.ts");
  const { debianSources } = await import("../debian/archive/sources.ts");
  const sources = await debianSources({ suite: release });
  const { state, answers } = await askArchive(release, installed, {
    ...{ sources, architecture, cacheDirectory, offline, refresh, progress, signal, maxAge, policy: POLICY },
    ...(now && { now }),
  });
  if (state === undefined) return { state: undefined, answers };
  const { checkedAt, dates, sources: records, failure } = state;
  const dated = new Date(Math.max(...dates)).toISOString();
  const place = shownUrl(sources[0]?.uri ?? "");
  return { state: { feed: "debian-archive", place, checkedAt, dated, records, digest: "", failure }, answers };
}

function byRelease(sources: readonly InstalledSource[]): ReadonlyMap<string, readonly InstalledSource[]> {
  const found = new Map<string, Map<string, InstalledSource>>();
  for (const each of sources) {
    const known = found.get(each.release) ?? new Map<string, InstalledSource>();
    found.set(each.release, known.set(answerKey(each), each));
  }
  return new Map(Array.from(found, ([release, each]) => [release, [...each.values()]]));
}
