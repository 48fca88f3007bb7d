import { DistillError, isDistillError } from "../../lib/errors.ts";
import { download } from "../../lib/http/download.ts";
import { statusError } from "../../lib/http/errors.ts";
import { shownUrl } from "../../lib/http/url.ts";
import { type ArchiveContext, MIRROR_HINT, OFFLINE_HINT } from "./archive-context.ts";
import { checkRelease, parseRelease, type Release, shownDate } from "./release.ts";
import {
  type CachedRelease,
  keepRecord,
  keepRelease,
  makeRecord,
  type ReleaseRecord,
  readCachedRelease,
} from "./release-cache.ts";
import { verifySignedText } from "./signature.ts";
import type { ArchiveSource } from "./sources.ts";

/** For so long, in milliseconds, the mirror is not asked again whether it has something newer. */
export const RELEASE_FRESH_FOR = 60 * 60 * 1000;

/** A mirror that cannot be reached is not waited for long where the cache can serve. */
const ATTEMPTS_WITH_CACHE = 2;

const MAX_RELEASE_BYTES = 16 * 1024 * 1024;

/** `cached`: one that was looked up recently serves. `current`: ask the mirror. `anew`: ask past every HTTP cache. */
export type Freshness = "cached" | "current" | "anew";

/**
 * The release that a source stands for now: from the cache, or fetched, verified (signature.ts), checked (release.ts)
 * and kept. When the mirror cannot be reached, the cached one serves as long as it is valid, with a warning. Offline it
 * serves even after that, with a warning; OFFLINE where there is none.
 */
export async function acceptRelease(
  source: ArchiveSource,
  context: ArchiveContext,
  freshness: Freshness,
): Promise<Release> {
  const cached = await readCachedRelease(source, context);
  const now = context.now();
  if (context.offline) return offlineRelease(source, context, cached.release);
  const recent = freshRelease(cached, now);
  if (freshness === "cached" && recent !== undefined) return recent;
  try {
    return await fetchRelease(source, context, cached, freshness);
  } catch (error) {
    if (!isDistillError(error, "NETWORK") || freshness === "anew" || !isValid(cached.release, now)) throw error;
    context.progress.warn(
      `${error.message}; using ${source.suite} of ${shownDate(cached.release.date)} from the cache`,
    );
    return cached.release;
  }
}

function isValid(release: Release | undefined, now: number): release is Release {
  return release !== undefined && (release.validUntil ?? Number.POSITIVE_INFINITY) >= now;
}

function freshRelease({ record, release }: CachedRelease, now: number): Release | undefined {
  const age = now - (record?.checkedAt ?? Number.NEGATIVE_INFINITY);
  return isValid(release, now) && age >= 0 && age < RELEASE_FRESH_FOR ? release : undefined;
}

function offlineRelease(source: ArchiveSource, context: ArchiveContext, release: Release | undefined): Release {
  if (release === undefined) {
    throw new DistillError("OFFLINE", `${releaseUrl(source)} is not in the cache`, { hint: OFFLINE_HINT });
  }
  const until = release.validUntil;
  if (until !== undefined && until < context.now()) {
    const note = `though it was valid until ${shownDate(until)}`;
    context.progress.warn(`offline: using ${source.suite} from the cache, ${note}`);
  }
  return release;
}

async function fetchRelease(
  source: ArchiveSource,
  context: ArchiveContext,
  cached: CachedRelease,
  freshness: Freshness,
): Promise<Release> {
  const { release: known, record } = cached;
  const url = `${source.uri}/dists/${source.suite}/InRelease`;
  const conditional = known !== undefined && record !== undefined && freshness !== "anew";
  const response = await download({
    url,
    signal: context.signal,
    policy: isValid(known, context.now()) ? { attempts: ATTEMPTS_WITH_CACHE, ...context.policy } : context.policy,
    hint: MIRROR_HINT,
    maxBytes: MAX_RELEASE_BYTES,
    headers: {
      "cache-control": freshness === "anew" ? "no-cache" : "max-age=0",
      ...(conditional ? validators(record) : {}),
    },
  });
  const now = context.now();
  const check = (release: Release) =>
    checkRelease(release, { suite: source.suite, url: releaseUrl(source), now, lastDate: record?.date });
  if (response.status === 304 && conditional) {
    await response.discard();
    check(known);
    await keepRecord(source, context, { ...record, checkedAt: now });
    return known;
  }
  if (response.status !== 200) {
    await response.discard();
    throw statusError(url, response.status, 1, MIRROR_HINT);
  }
  const message = Buffer.concat(await Array.fromAsync(response.body));
  const signed = await verifySignedText(message.toString("utf8"), source.keys, releaseUrl(source), now);
  const release = parseRelease(signed.text, releaseUrl(source));
  check(release);
  await keepRelease(source, context, message, makeRecord(message, source, release, now, response.headers));
  return release;
}

function validators(record: ReleaseRecord): Record<string, string> {
  if (record.etag !== undefined) return { "if-none-match": record.etag };
  return record.lastModified === undefined ? {} : { "if-modified-since": record.lastModified };
}

function releaseUrl(source: ArchiveSource): string {
  return shownUrl(`${source.uri}/dists/${source.suite}/InRelease`);
}
