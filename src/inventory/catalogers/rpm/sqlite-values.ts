import { broken } from "./database-broken.ts";

/** Numbers are integers as far as they are exact; of what nobody here asks for (fractions) there is undefined. */
export type SqliteValue = number | string | Buffer | undefined;

const MAX_COLUMNS = 100;
const INTEGER_SIZES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0] as const;

/** The columns of a row (sqlite.org/fileformat2.html, 2.1). DatabaseBroken for what no SQLite would have written. */
export function columnsOf(row: Buffer): readonly SqliteValue[] {
  const header = readVarint(row, 0);
  if (header.value > row.length) broken("a row is shorter than its header");
  const columns: SqliteValue[] = [];
  let at = header.value;
  for (let next = header.end; next < header.value; ) {
    if (columns.length >= MAX_COLUMNS) broken(`a row has more than ${MAX_COLUMNS} columns`);
    const { value: type, end } = readVarint(row, next);
    const size = type >= 12 ? Math.floor((type - 12) / 2) : (INTEGER_SIZES[type] ?? broken("a column is of no type"));
    if (at + size > row.length) broken("a row is shorter than its columns");
    columns.push(columnOf(type, row.subarray(at, at + size)));
    at += size;
    next = end;
  }
  return columns;
}

function columnOf(type: number, bytes: Buffer): SqliteValue {
  if (type >= 12) return type % 2 === 0 ? bytes : bytes.toString("utf8");
  if (type === 8 || type === 9) return type - 8;
  return type >= 1 && type <= 5 ? bytes.readIntBE(0, bytes.length) : undefined;
}

/** A number of at most nine bytes (1.6); those beyond what is exact are as broken as they would be unreadable. */
export function readVarint(bytes: Buffer, offset: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let end = offset; end < offset + 9; end++) {
    const byte = bytes[end];
    if (byte === undefined) return broken("it ends within a number");
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, end: end + 1 };
  }
  return broken("a number is too large");
}
