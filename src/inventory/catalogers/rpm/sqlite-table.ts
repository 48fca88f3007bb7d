import { broken, type Complain, unlessBroken } from "./database-broken.ts";
import type { SqlitePages } from "./sqlite-pages.ts";
import { columnsOf, readVarint, type SqliteValue } from "./sqlite-values.ts";

const INTERIOR = 0x05;
const LEAF = 0x0d;
const FILE_HEADER = 100;
/** A tree of pages of 512 bytes that is deeper is larger than a file can be. */
const MAX_DEPTH = 24;
const MAX_ROW = 32 * 1024 * 1024;

/**
 * The rows of the table whose tree begins at page `root`, in their order (sqlite.org/fileformat2.html, 1.6). What no SQLite would
 * have written is told and passed over: a row, or a page with all that lies below it.
 */
export async function* tableRows(
  pages: SqlitePages,
  root: number,
  complain: Complain,
  depth = 0,
): AsyncGenerator<readonly SqliteValue[]> {
  const node = await unlessBroken(() => nodeAt(pages, root, depth), complain);
  if (node === undefined) return;
  for (const cell of node.rows) {
    if (!pages.visit()) return;
    const row = await unlessBroken(async () => columnsOf(await payloadAt(pages, node.page, cell)), complain);
    if (row !== undefined) yield row;
  }
  for (const child of node.children) {
    if (!pages.visit()) return;
    yield* tableRows(pages, child, complain, depth + 1);
  }
}

interface TableNode {
  readonly page: Buffer;
  /** Where in the page rows begin. */
  readonly rows: readonly number[];
  /** Pages below. */
  readonly children: readonly number[];
}

async function nodeAt(pages: SqlitePages, root: number, depth: number): Promise<TableNode> {
  if (depth > MAX_DEPTH) broken("its pages are nested too deep");
  const page = await pages.page(root);
  const start = root === 1 ? FILE_HEADER : 0;
  const type = page[start];
  if (type === LEAF) return { page, rows: cellsOf(page, start, 8), children: [] };
  if (type !== INTERIOR) broken(`its page ${root} is none of a table`);
  const children = cellsOf(page, start, 12).map((cell) => uint32(page, cell));
  return { page, rows: [], children: [...children, uint32(page, start + 8)] };
}

function cellsOf(page: Buffer, start: number, header: number): readonly number[] {
  const count = page.readUInt16BE(start + 3);
  const first = start + header;
  if (first + 2 * count > page.length) broken("a page has more cells than it can hold");
  return Array.from({ length: count }, (_, index) => page.readUInt16BE(first + 2 * index));
}

/** What of a row lies in the page itself, by the formula of 1.6, and the rest on a chain of pages. */
async function payloadAt(pages: SqlitePages, page: Buffer, cell: number): Promise<Buffer> {
  const size = readVarint(page, cell);
  if (size.value > MAX_ROW) broken(`a row is larger than ${MAX_ROW} bytes`);
  pages.spend(size.value);
  const { end: begin } = readVarint(page, size.end);
  const { usable } = pages;
  const most = usable - 35;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const wanted = least + ((size.value - least) % (usable - 4));
  const local = size.value <= most ? size.value : wanted <= most ? wanted : least;
  if (begin + local > page.length) broken("a row leaves its page");
  const parts = [page.subarray(begin, begin + local)];
  let left = size.value - local;
  for (let next = left > 0 ? uint32(page, begin + local) : 0; left > 0; ) {
    const overflow = await pages.page(next);
    const part = overflow.subarray(4, 4 + Math.min(left, usable - 4));
    parts.push(part);
    left -= part.length;
    next = uint32(overflow, 0);
  }
  return Buffer.concat(parts);
}

function uint32(page: Buffer, offset: number): number {
  return offset + 4 <= page.length ? page.readUInt32BE(offset) : broken("a page ends within a number");
}
