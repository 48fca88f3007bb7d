import { isDigest } from "../../lib/digest.ts";
import { DistillError } from "../../lib/errors.ts";
import { FEEDS, type FeedId } from "../feed.ts";
import type { FeedItem } from "../feeds/item.ts";
import { lineRecords } from "../feeds/osv-records.ts";
import type { StoredFile } from "../feeds/stored-file.ts";
import { dateTime } from "../readers/dates.ts";
import { type Fields, jsonOf, listOf, MAX_ID, MAX_NAME, malformed, mapOf, wordOf } from "../readers/fields.ts";
import { checkedFact, checkedRecord, checkedRule } from "./checked-item.ts";
import { FORMAT, FORMAT_VERSION } from "./exported.ts";
import { type Loaded, loadFeed } from "./load.ts";
import { readFeeds } from "./state.ts";
import { type AdvisoryDatabase, writeState } from "./writer.ts";

const MAX_LINE = 64 << 20;
const MAX_PLACE = 10_000;
const MAX_ENTRIES = 1_000_000;

export interface ImportOptions {
  readonly signal?: AbortSignal | undefined;
  /** Takes feeds that are newer here than in the file, too. */
  readonly force: boolean;
  /** The time now: nothing of the file can be newer. */
  readonly now: number;
}

/** What became of a feed of the file. */
export interface ImportedFeed {
  readonly feed: FeedId;
  /** `kept`: what is here was seen to be up to date later than what is in the file. */
  readonly outcome: "imported" | "kept";
  readonly records: number;
}

/**
 * Puts the feeds of an exported file in place of those that are here; others stay as they are. All of it or nothing: the
 * file is read to its end before any of it counts. FORMAT_INVALID and LIMIT_EXCEEDED name the line.
 */
export async function importFile(
  database: AdvisoryDatabase,
  file: StoredFile,
  { signal, force, now }: ImportOptions,
): Promise<readonly ImportedFeed[]> {
  return database.change(async (sqlite) => {
    // An update that was waited for may have brought newer data.
    const here = new Map(readFeeds(sqlite).map((state) => [state.feed, state]));
    const lines = new Lines(file);
    const imported: ImportedFeed[] = [];
    try {
      await lines.begin();
      for (let state = await lines.nextFeed(); state !== undefined; state = await lines.nextFeed()) {
        const { feed } = state;
        if (imported.some((each) => each.feed === feed)) throw lines.wrong("has a feed for the second time");
        const checkedAt = Math.min(state.checkedAt, now);
        const own = here.get(feed);
        if (own !== undefined && own.checkedAt > checkedAt && !force) {
          for await (const _ of lines.items(feed));
          imported.push({ feed, outcome: "kept", records: own.records });
          continue;
        }
        const loaded: Loaded = await loadFeed(sqlite, feed, lines.items(feed), signal);
        writeState(sqlite, feed, { ...state, checkedAt, seen: {} }, loaded);
        imported.push({ feed, outcome: "imported", records: loaded.records });
      }
      await lines.end(imported.length);
    } finally {
      await lines.close();
    }
    return imported;
  }, signal);
}

interface StateInFile {
  readonly feed: FeedId;
  readonly place: string;
  readonly checkedAt: number;
  readonly dated: string | undefined;
  readonly digest: string;
}

/** The lines of an exported file, each taken once. */
class Lines {
  readonly #file: StoredFile;
  readonly #lines: AsyncGenerator<{ readonly what: string; readonly bytes: Uint8Array }>;
  #what: string;
  #last: Fields | undefined;

  constructor(file: StoredFile) {
    this.#file = file;
    this.#what = file.what;
    this.#lines = lineRecords(file);
  }

  wrong(problem: string): DistillError {
    return malformed(this.#what, "", problem);
  }

  async begin(): Promise<void> {
    const { format, version } = await this.#next().catch((error: unknown) => {
      if (error instanceof DistillError && error.code === "FORMAT_INVALID") return {} as Fields;
      throw error;
    });
    if (format !== FORMAT) {
      throw new DistillError("FORMAT_INVALID", `${this.#file.what} is not what distill advisories export writes`, {
        hint: "a feed in its own form is taken with distill advisories update --source FEED=FILE",
      });
    }
    if (version === FORMAT_VERSION) return;
    throw new DistillError(
      "UNSUPPORTED",
      `${this.#file.what} has version ${String(version).slice(0, 20)} of its format`,
      {
        hint: "export it again with this version of distill, or use the version that wrote it",
      },
    );
  }

  /** The state of the next feed; undefined where none follows. */
  async nextFeed(): Promise<StateInFile | undefined> {
    const line = await this.#next();
    this.#last = line;
    if (line.feed === undefined) return undefined;
    const fields = mapOf(line.feed, this.#what, "feed");
    const feed = FEEDS.find((each) => each === fields.feed);
    if (feed === undefined) throw malformed(this.#what, "feed.feed", "is no feed that this version of distill knows");
    const { checkedAt, dated, digest } = fields;
    if (typeof checkedAt !== "number" || !Number.isSafeInteger(checkedAt) || checkedAt <= 0) {
      throw malformed(this.#what, "feed.checkedAt", "is no time");
    }
    if (digest !== "" && !(typeof digest === "string" && isDigest(digest))) {
      throw malformed(this.#what, "feed.digest", "is no digest");
    }
    const place = fields.place === "" ? "" : wordOf(fields.place, this.#what, "feed.place", MAX_PLACE);
    return { feed, place, checkedAt, digest, dated: typeof dated === "string" ? dateTime(dated) : undefined };
  }

  /** What stands in the file up to the end of this feed. */
  async *items(feed: FeedId): AsyncGenerator<readonly FeedItem[]> {
    let [entries, facts] = [0, 0];
    for (;;) {
      const line = await this.#next();
      if (line.endOfFeed !== undefined) {
        if (line.endOfFeed !== feed || line.entries !== entries || line.facts !== facts) {
          throw this.wrong(`ends ${feed} with another number of records than it has`);
        }
        return;
      }
      if (line.ecosystem !== undefined) {
        yield [{ kind: "ecosystem", ecosystem: wordOf(line.ecosystem, this.#what, "ecosystem", MAX_ID) }];
      } else if (line.record !== undefined) {
        const items = this.#entries(line);
        entries += items.length;
        yield items;
      } else if (line.fact !== undefined) {
        facts++;
        yield [checkedFact(line.fact, line.body, this.#what)];
      } else {
        throw this.wrong("is no line of an export");
      }
    }
  }

  /** The last line says how many feeds there are; nothing follows it. */
  async end(feeds: number): Promise<void> {
    if (this.#last?.end !== FORMAT || this.#last.feeds !== feeds) throw this.wrong("does not end as an export does");
    if ((await this.#lines.next()).done !== true) throw this.wrong("goes on behind its end");
  }

  async close(): Promise<void> {
    await this.#lines.return(undefined);
  }

  #entries({ record: said, about }: Fields): readonly FeedItem[] {
    const what = this.#what;
    const record = checkedRecord(said, what);
    return listOf(about, what, "about", MAX_ENTRIES).map((each): FeedItem => {
      const [ecosystem, name, rule] = listOf(each, what, "about", 3);
      return {
        kind: "entry",
        ecosystem: wordOf(ecosystem, what, "the ecosystem", MAX_ID),
        name: wordOf(name, what, "the name", MAX_NAME),
        record,
        rule: checkedRule(rule, what),
      };
    });
  }

  async #next(): Promise<Fields> {
    const next = await this.#lines.next();
    if (next.done === true) {
      throw new DistillError("FORMAT_INVALID", `${this.#file.what} ends early`, { hint: "copy the file again" });
    }
    this.#what = next.value.what;
    return mapOf(jsonOf(next.value.bytes, this.#what, MAX_LINE), this.#what, "");
  }
}
