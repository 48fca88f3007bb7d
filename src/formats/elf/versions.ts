import { DT_VERDEF, DT_VERDEFNUM, DT_VERNEED, DT_VERNEEDNUM, type DynamicTable } from "./dynamic.ts";
import { type Encoding, Fields } from "./fields.ts";
import { locate, type Segment } from "./segments.ts";
import { excessive, malformed, type Pages } from "./source.ts";

/** The symbol versions that a file wants of one library. */
export interface VersionNeed {
  /** As in NEEDED. */
  readonly library: string;
  readonly versions: readonly string[];
  /** Those of `versions` that only weak references use: the loader does not mind their absence. */
  readonly weak: readonly string[];
}

/** Of all the versions of one file; glibc defines some 40, Qt 30. */
const VERSION_LIMIT = 16384;

const FLAG_BASE = 1;
const FLAG_WEAK = 2;

/** A record's fields, and the distance to the next one (0: this is the last). */
interface Step<T> {
  readonly value: T;
  readonly next: number;
}

/**
 * Reads the tables of needed and defined symbol versions (LSB Core, "Symbol Versioning"; the records are alike in 32-
 * and 64-bit files). The definition that only repeats the library's own name (VER_FLG_BASE) is left out.
 */
export class VersionTables {
  readonly #pages: Pages;
  readonly #encoding: Encoding;
  readonly #segments: readonly Segment[];
  readonly #dynamic: DynamicTable;
  #left = VERSION_LIMIT;

  constructor(pages: Pages, encoding: Encoding, segments: readonly Segment[], dynamic: DynamicTable) {
    this.#pages = pages;
    this.#encoding = encoding;
    this.#segments = segments;
    this.#dynamic = dynamic;
  }

  async needs(): Promise<readonly VersionNeed[]> {
    return this.#table(DT_VERNEED, DT_VERNEEDNUM, "the table of needed versions", async (at) => {
      const record = await this.#record(at, 16, "a needed version");
      checkVersion(record.half(0));
      const versions = await this.#chain(at + record.int(8), record.half(2), async (auxiliary) => {
        const fields = await this.#record(auxiliary, 16, "a needed version");
        const name = await this.#name(fields.int(8));
        return { value: { name, weak: (fields.half(4) & FLAG_WEAK) !== 0 }, next: fields.int(12) };
      });
      const need: VersionNeed = {
        library: await this.#name(record.int(4)),
        versions: versions.map(({ name }) => name),
        weak: versions.filter(({ weak }) => weak).map(({ name }) => name),
      };
      return { value: need, next: record.int(12) };
    });
  }

  async definitions(): Promise<readonly string[]> {
    const all = await this.#table(DT_VERDEF, DT_VERDEFNUM, "the table of defined versions", async (at) => {
      const record = await this.#record(at, 20, "a defined version");
      checkVersion(record.half(0));
      if (record.half(6) === 0) throw malformed("a defined version has no name");
      const auxiliary = await this.#record(at + record.int(12), 8, "a defined version");
      const own = (record.half(2) & FLAG_BASE) !== 0;
      return { value: own ? undefined : await this.#name(auxiliary.int(0)), next: record.int(16) };
    });
    return all.filter((name) => name !== undefined);
  }

  /** Follows the table that the dynamic section announces under `tag`, with its length under `countTag`. */
  async #table<T>(
    tag: bigint,
    countTag: bigint,
    what: string,
    read: (at: number) => Promise<Step<T>>,
  ): Promise<readonly T[]> {
    const address = this.#dynamic.values.get(tag);
    if (address === undefined) return [];
    const count = Number(this.#dynamic.values.get(countTag) ?? BigInt(VERSION_LIMIT));
    return this.#chain(locate(this.#segments, address, what).offset, count, read);
  }

  /** Records that each state the distance to the next. Distances are never negative, so a chain ends with the file. */
  async #chain<T>(start: number, count: number, read: (at: number) => Promise<Step<T>>): Promise<readonly T[]> {
    const values: T[] = [];
    for (let at = start; values.length < count; ) {
      if (--this.#left < 0) throw excessive(`more than ${VERSION_LIMIT} symbol versions`);
      const { value, next } = await read(at);
      values.push(value);
      if (next === 0) break;
      at += next;
    }
    return values;
  }

  async #record(at: number, length: number, what: string): Promise<Fields> {
    return new Fields(await this.#pages.bytes(at, length, what), this.#encoding);
  }

  #name(index: number): Promise<string> {
    return this.#dynamic.strings.at(index, "the name of a symbol version");
  }
}

function checkVersion(version: number): void {
  if (version !== 1) throw malformed(`its symbol versions are of revision ${version}, not 1`);
}
