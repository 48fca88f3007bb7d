import { DEBIAN_RELEASES } from "../../debian/releases.ts";
import { DistillError } from "../../lib/errors.ts";
import type { FeedId } from "../feed.ts";
import { readSecdb } from "../readers/alpine-secdb.ts";
import { readSupportList, type SupportList } from "../readers/debian-support.ts";
import { readTracker } from "../readers/debian-tracker.ts";
import { readEpss } from "../readers/epss.ts";
import { type Broken, readOrTell } from "../readers/fields.ts";
import { readKev } from "../readers/kev.ts";
import { readNodeIndex } from "../readers/node-index.ts";
import { readOsvRecord } from "../readers/osv.ts";
import type { FeedItem } from "./item.ts";
import { osvRecords } from "./osv-records.ts";
import { bytesOfFile, type StoredFile, wholeFile } from "./stored-file.ts";

/** Bytes of what is read in one piece. */
const MAX_WHOLE = 256 << 20;
/** Bytes of what is read as a stream: Debian's tracker had 70 million in 2026. */
const MAX_STREAM = 4 * 2 ** 30;
/** Records that the database takes together. */
const BATCH = 64;

/** The files that lie at one place. */
export type FilesOfPlace = AsyncIterable<StoredFile> | Iterable<StoredFile>;

/**
 * What a feed says that lies at these places, as a stream. A record of OSV that stands at several counts as the first of
 * them has it. One that cannot be read is told to `broken` and left out. Errors name the file: FORMAT_INVALID for what is no
 * such feed, LIMIT_EXCEEDED.
 */
export async function* readFeed(
  feed: FeedId,
  places: readonly FilesOfPlace[],
  broken: Broken,
): AsyncGenerator<readonly FeedItem[]> {
  const read = readerOf(feed);
  const isRepeated = read === readOsvFile && places.length > 1;
  const earlier = new Set<string>();
  let count = 0;
  for (const files of places) {
    const own = new Set<string>();
    for await (const file of files) {
      for await (const items of read(file, broken)) {
        count += items.length;
        yield isRepeated ? items.filter((item) => isFirst(item, earlier, own)) : items;
      }
    }
    for (const id of own) earlier.add(id);
  }
  if (count === 0) throw new DistillError("FORMAT_INVALID", `there is nothing in what was read for ${feed}`);
}

function isFirst(item: FeedItem, earlier: ReadonlySet<string>, own: Set<string>): boolean {
  if (item.kind !== "entry") return true;
  own.add(item.record.id);
  return !earlier.has(item.record.id);
}

type Reader = (file: StoredFile, broken: Broken) => AsyncIterable<readonly FeedItem[]>;

function readerOf(feed: FeedId): Reader {
  switch (feed) {
    case "debian-tracker":
      return (file, broken) => readTracker(bytesOfFile(file, MAX_STREAM), broken);
    case "epss":
      return (file, broken) => readEpss(bytesOfFile(file, MAX_STREAM), broken);
    case "alpine-secdb":
      return whole(readSecdb);
    case "nodejs-core":
      return whole(readNodeIndex);
    case "kev":
      return whole(readKev);
    case "debian-support":
      return readSupportFile;
    case "debian-archive":
      throw new DistillError("USAGE", "debian-archive is asked about single packages, and never read as a whole");
    default:
      return readOsvFile;
  }
}

function whole(read: (bytes: Uint8Array, what: string, broken: Broken) => readonly FeedItem[]): Reader {
  return async function* (file, broken) {
    yield read(await wholeFile(file, MAX_WHOLE), file.what, broken);
  };
}

async function* readOsvFile(file: StoredFile, broken: Broken): AsyncGenerator<readonly FeedItem[]> {
  let batch: FeedItem[] = [];
  let records = 0;
  for await (const { bytes, what } of osvRecords(file)) {
    for (const item of readOrTell(broken, () => readOsvRecord(bytes, what))) batch.push(item);
    if (++records % BATCH > 0) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

/** The package debian-security-support names its lists so, with the number of the release. */
const SUPPORT_LIST = /^security-support(?:-(ended|limited))?\.deb(\d+)$/;

async function* readSupportFile(file: StoredFile, broken: Broken): AsyncGenerator<readonly FeedItem[]> {
  const [, list = "all", version] = SUPPORT_LIST.exec(file.name.split("/").at(-1) ?? "") ?? [];
  const release = DEBIAN_RELEASES.find((each) => each.version === version);
  if (release === undefined) return;
  const text = Buffer.from(await wholeFile(file, MAX_WHOLE)).toString("utf8");
  yield readSupportList(text, release.codename, list as SupportList, broken);
}
