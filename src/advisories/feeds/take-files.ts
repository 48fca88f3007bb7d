import { statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { mapLimited } from "../../lib/concurrency.ts";
import { type Digest, Digester, digestOf, hexOf } from "../../lib/digest.ts";
import { digestOfFile } from "../../lib/digest-of-file.ts";
import { dropOld } from "../../lib/drop-old.ts";
import { DistillError, fromSystemError } from "../../lib/errors.ts";
import { ifExists } from "../../lib/files.ts";
import { statusError } from "../../lib/http/errors.ts";
import { shownUrl } from "../../lib/http/url.ts";
import type { SeenFile } from "../database/state.ts";
import type { FeedId } from "../feed.ts";
import type { Broken } from "../readers/fields.ts";
import { type FeedPlaces, isAddress } from "./addresses.ts";
import { fetchFile, forgetFile } from "./fetch-file.ts";
import { type FilesOfPlace, readFeed } from "./read-feed.ts";
import { filesBelow, type StoredFile } from "./stored-file.ts";
import type { TakenFeed, TakeRequest } from "./taken.ts";

/** Files of one feed that are fetched at once. */
const AT_ONCE = 6;

/** Bytes of one file, as it is transferred. */
const MAX_BYTES = 8 * 2 ** 30;

/** A beginning of a file that nobody has gone on with for so long goes; milliseconds. */
const ABANDONED_AFTER = 7 * 24 * 60 * 60 * 1000;

/** Of a place: what is there, and whether that is what was there the last time. */
interface Found {
  readonly place: string;
  readonly seen: SeenFile;
  readonly isUnchanged: boolean;
  readonly files: FilesOfPlace;
  /** What was downloaded for it. */
  readonly downloaded: string | undefined;
}

/**
 * Takes a feed from its places: what lies on servers is fetched where it has changed, files and directories are read
 * where they are. NETWORK, OFFLINE, IO and NO_SUCH_PATH name the place that could not be had.
 */
export async function takeFiles(
  feed: FeedId,
  { places, someMayBeMissing }: FeedPlaces,
  request: TakeRequest & { readonly offline: boolean; readonly broken: Broken },
): Promise<TakenFeed> {
  const find = (isForced: boolean) =>
    mapLimited(places, AT_ONCE, async (place) => findAt(place, { ...request, isForced, someMayBeMissing }));
  let found = present(await find(request.force), places);
  const before = Object.keys(request.before?.seen ?? {}).length;
  const isUnchanged = !request.force && found.every((each) => each.isUnchanged) && found.length === before;
  // A feed is read whole or not at all: what has not changed is needed as well.
  if (!isUnchanged && found.some((each) => isAddress(each.place) && each.downloaded === undefined)) {
    found = present(await find(true), places);
  }
  const [first] = found;
  const discard = async (): Promise<void> => {
    for (const { downloaded } of found) if (downloaded !== undefined) forgetFile(downloaded);
  };
  return {
    place: placeText(places),
    digest: found.length === 1 && first !== undefined && !isDirectory(first.place) ? first.seen.digest : "",
    dated: found.every(({ place }) => !isAddress(place)) ? newest(found) : undefined,
    seen: Object.fromEntries(found.map(({ place, seen }) => [place, seen])),
    items: isUnchanged
      ? undefined
      : () =>
          readFeed(
            feed,
            found.map(({ files }) => files),
            request.broken,
          ),
    discard,
  };
}

/** Nobody tells whether files are up to date: the youngest of them is the most that is known. */
function newest(found: readonly Found[]): string | undefined {
  return found
    .flatMap(({ seen }) => seen.lastModified ?? [])
    .sort()
    .at(-1);
}

/** Forgets beginnings of downloads that nobody has gone on with. */
export function dropAbandoned(directory: string, now: number): void {
  dropOld(directory, now - ABANDONED_AFTER);
}

interface Finding extends TakeRequest {
  readonly isForced: boolean;
  readonly offline: boolean;
  readonly someMayBeMissing: boolean;
}

async function findAt(place: string, finding: Finding): Promise<Found | undefined> {
  const known = finding.isForced ? undefined : finding.before?.seen[place];
  return isAddress(place) ? findOnServer(place, known, finding) : findOnDisk(place, known, finding);
}

async function findOnServer(
  url: string,
  known: SeenFile | undefined,
  { directory, policy, signal, task, offline, someMayBeMissing }: Finding,
): Promise<Found | undefined> {
  const shown = shownUrl(url);
  if (offline) {
    throw new DistillError("OFFLINE", `${shown} is not asked`, { hint: "run the same command without --offline" });
  }
  const path = join(directory, hexOf(digestOf(url)));
  const onProgress = (received: number, total: number | undefined) => task.advance(received, total);
  const answer = await fetchFile({ url, path, known, maxBytes: MAX_BYTES, policy, signal, onProgress });
  switch (answer.kind) {
    case "missing":
      if (someMayBeMissing) return undefined;
      throw statusError(url, 404, 1, "the feed may lie elsewhere by now: --source FEED=ADDRESS names its place");
    case "unchanged":
      return { place: url, seen: known as SeenFile, isUnchanged: true, files: [], downloaded: undefined };
    case "fetched": {
      const name = URL.parse(url)?.pathname ?? "";
      const files = [{ path, what: shown, name }];
      const isUnchanged = known?.digest === answer.seen.digest;
      return { place: url, seen: answer.seen, isUnchanged, files, downloaded: path };
    }
  }
}

async function findOnDisk(
  path: string,
  known: SeenFile | undefined,
  { someMayBeMissing }: Finding,
): Promise<Found | undefined> {
  const stats = await ifExists(stat(path)).catch((error: unknown) => {
    throw fromSystemError(error, "reading", path);
  });
  if (stats === undefined) {
    if (someMayBeMissing) return undefined;
    throw new DistillError("NO_SUCH_PATH", `there is no ${path}`, { hint: "check the path of the source or mirror" });
  }
  const isTree = stats.isDirectory();
  const seen = isTree ? await fingerprint(path) : { digest: await digestOfPlain(path), ...writtenAt(stats.mtimeMs) };
  const files = isTree ? filesIn(path) : [{ path, what: path, name: path }];
  // The same once more is younger than it was.
  const isUnchanged = known?.digest === seen.digest && known.lastModified === seen.lastModified;
  return { place: path, seen, isUnchanged, files, downloaded: undefined };
}

async function digestOfPlain(path: string): Promise<Digest> {
  try {
    return (await digestOfFile(path)).digest;
  } catch (error) {
    throw fromSystemError(error, "reading", path);
  }
}

/** Of names, sizes and times: enough to see that nobody has changed anything. */
async function fingerprint(directory: string): Promise<SeenFile> {
  const digester = new Digester();
  let youngest = Number.NEGATIVE_INFINITY;
  for await (const path of filesBelow(directory)) {
    const { size, mtimeMs } = await stat(path);
    youngest = Math.max(youngest, mtimeMs);
    digester.update(Buffer.from(`${JSON.stringify([relative(directory, path), size, mtimeMs])}\n`));
  }
  return { digest: digester.digest(), ...writtenAt(youngest) };
}

/** Nothing for times that no calendar has. */
function writtenAt(milliseconds: number): Pick<SeenFile, "lastModified"> {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? {} : { lastModified: date.toISOString() };
}

/** Texts that say what is in a directory are no records. */
const IS_DATA = /\.(?:json|jsonl|ndjson|zip|csv)(?:\.(?:gz|zst|xz|bz2))?$|\/security-support[^/]*$/i;

async function* filesIn(directory: string): AsyncGenerator<StoredFile> {
  for await (const path of filesBelow(directory)) if (IS_DATA.test(path)) yield { path, what: path, name: path };
}

function isDirectory(place: string): boolean {
  return !isAddress(place) && statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
}

function present(found: readonly (Found | undefined)[], places: readonly string[]): readonly Found[] {
  const there = found.filter((each) => each !== undefined);
  if (there.length > 0) return there;
  throw new DistillError("NETWORK", `nothing of it is at ${placeText(places)}`, {
    hint: "check the address or the path of the source or mirror",
  });
}

/** A place as it may be shown; of many, what they begin with. */
export function placeText(places: readonly string[]): string {
  const shown = places.map((place) => (isAddress(place) ? shownUrl(place) : place));
  const [first = ""] = shown;
  if (shown.length <= 2) return shown.join(", ");
  let length = 0;
  while (length < first.length && shown.every((each) => each[length] === first[length])) length++;
  return `${first.slice(0, first.lastIndexOf("/", length - 1) + 1)} (${shown.length} files)`;
}
