import type { Content } from "../../../rootfs/content.ts";
import { broken } from "./database-broken.ts";

const MAGIC = "SQLite format 3\0";
const HEADER = 100;
const UTF8 = 1;
/** Rows and pages below others, those that are damaged too. */
const MAX_VISITS = 1_000_000;

/**
 * The pages of an SQLite database (sqlite.org/fileformat2.html, 1.3). Each can be had once: in a sound database none belongs to two
 * tables, two rows or two nodes, so that whatever the links between them are, no more is read than the file has.
 */
export class SqlitePages {
  readonly #content: Content;
  readonly #size: number;
  readonly #seen = new Set<number>();
  #visitsLeft = MAX_VISITS;
  #bytesLeft: number;
  /** Bytes of a page that hold what belongs to it. */
  readonly usable: number;

  private constructor(content: Content, size: number, usable: number) {
    this.#content = content;
    this.#size = size;
    this.#bytesLeft = content.size;
    this.usable = usable;
  }

  /** DatabaseBroken where it is no SQLite database. */
  static async open(content: Content): Promise<SqlitePages> {
    const header = Buffer.from(await content.read(0, HEADER));
    if (header.length < HEADER || header.toString("latin1", 0, 16) !== MAGIC) broken("it is no SQLite database");
    const stored = header.readUInt16BE(16);
    const size = stored === 1 ? 65_536 : stored;
    const usable = size - (header[20] ?? 0);
    if (size < 512 || (size & (size - 1)) !== 0 || usable < 480) broken(`its pages of ${size} bytes cannot be`);
    // A database without any table may leave it open.
    if (header.readUInt32BE(56) > UTF8) broken("its texts are not UTF-8");
    return new SqlitePages(content, size, usable);
  }

  /** Page `number`, from 1 on, without what is reserved at its end. */
  async page(number: number): Promise<Buffer> {
    const offset = (number - 1) * this.#size;
    if (number < 1 || offset + this.#size > this.#content.size) broken(`it has no page ${number}`);
    if (this.#seen.has(number)) broken(`its page ${number} belongs to two places`);
    this.#seen.add(number);
    return Buffer.from(await this.#content.read(offset, this.usable));
  }

  /** False where more was followed than a sound database can have; then nothing more is to be. */
  visit(): boolean {
    this.#visitsLeft--;
    return this.#visitsLeft >= 0 && this.#bytesLeft >= 0;
  }

  /** Rows do not overlap: all of them are no larger than the file. */
  spend(bytes: number): void {
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft < 0) broken("its rows are larger than it is");
  }
}
