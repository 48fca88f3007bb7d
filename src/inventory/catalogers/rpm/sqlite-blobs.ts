import type { Content } from "../../../rootfs/content.ts";
import { broken, type Complain } from "./database-broken.ts";
import { SqlitePages } from "./sqlite-pages.ts";
import { tableRows } from "./sqlite-table.ts";

const MAX_TABLES = 1000;

/**
 * The headers of rpm's SQLite database: `blob` of the table `Packages` (rpm's lib/backend/sqlite.c). Only that table's own pages are
 * read, and no SQL, as a database of somebody else's may hold views that never end. What is damaged is told and the rest given;
 * DatabaseBroken where there is no such table.
 */
export async function* sqliteBlobs(content: Content, complain: Complain): AsyncGenerator<Buffer> {
  const pages = await SqlitePages.open(content);
  const root = await rootOf(pages, "Packages", complain);
  for await (const [, blob] of tableRows(pages, root, complain)) {
    if (Buffer.isBuffer(blob)) yield blob;
    else complain("a row of Packages has no header");
  }
}

/** The first page of a table, by the schema (sqlite.org/fileformat2.html, 2.6). */
async function rootOf(pages: SqlitePages, table: string, complain: Complain): Promise<number> {
  let count = 0;
  for await (const [type, name, , page] of tableRows(pages, 1, complain)) {
    if (type === "table" && name === table && typeof page === "number") return page;
    if (++count > MAX_TABLES) break;
  }
  return broken(`it has no table ${table}`);
}
