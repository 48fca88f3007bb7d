import { DatabaseSync } from "node:sqlite";

/** Values of one tag; numbers take 4 bytes, in `shorts` 2, in `bytes` 1. */
export type TagValue =
  | { readonly text: string }
  | { readonly texts: readonly string[] }
  | { readonly numbers: readonly number[] }
  | { readonly shorts: readonly number[] }
  | { readonly bytes: readonly number[] };

/** A package as rpm's databases keep it. */
export function rpmHeader(tags: Readonly<Record<number, TagValue>>): Buffer {
  const entries: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [tag, value] of Object.entries(tags)) {
    const { type, count, bytes, align } = packed(value);
    const padding = Buffer.alloc((align - (offset % align)) % align);
    offset += padding.length;
    entries.push(uint32s([Number(tag), type, offset, count]));
    data.push(padding, bytes);
    offset += bytes.length;
  }
  return Buffer.concat([uint32s([entries.length, offset]), ...entries, ...data]);
}

function packed(value: TagValue): { type: number; count: number; bytes: Buffer; align: number } {
  if ("text" in value) return { type: 6, count: 1, bytes: Buffer.from(`${value.text}\0`), align: 1 };
  if ("texts" in value) {
    return {
      type: 8,
      count: value.texts.length,
      bytes: Buffer.from(value.texts.map((text) => `${text}\0`).join("")),
      align: 1,
    };
  }
  if ("numbers" in value) return { type: 4, count: value.numbers.length, bytes: uint32s(value.numbers), align: 4 };
  if ("bytes" in value) return { type: 1, count: value.bytes.length, bytes: Buffer.from(value.bytes), align: 1 };
  const bytes = Buffer.alloc(value.shorts.length * 2);
  for (const [index, short] of value.shorts.entries()) bytes.writeUInt16BE(short, index * 2);
  return { type: 3, count: value.shorts.length, bytes, align: 2 };
}

function uint32s(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [index, number] of numbers.entries()) bytes.writeUInt32BE(number, index * 4);
  return bytes;
}

/** rpmdb.sqlite with these packages, written by SQLite. */
export function sqliteDatabase(blobs: readonly Uint8Array[], pageSize = 4096): Uint8Array {
  const database = new DatabaseSync(":memory:");
  try {
    database.exec(`PRAGMA page_size = ${pageSize}`);
    database.exec("CREATE TABLE 'Name' (key 'TEXT' NOT NULL, hnum INTEGER NOT NULL, idx INTEGER NOT NULL)");
    database.exec("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)");
    const insert = database.prepare("INSERT INTO Packages (blob) VALUES (?)");
    for (const blob of blobs) insert.run(blob);
    return database.serialize();
  } finally {
    database.close();
  }
}

/** Packages.db with these packages, the second slot free. */
export function ndbDatabase(blobs: readonly Uint8Array[]): Buffer {
  const slots = Buffer.alloc(4096);
  slots.write("RpmP", 0, "latin1");
  slots.writeUInt32LE(1, 12);
  for (let at = 32; at < slots.length; at += 16) slots.write("Slot", at, "latin1");
  const parts: Buffer[] = [slots];
  let block = slots.length / 16;
  for (const [index, blob] of blobs.entries()) {
    const bytes = Buffer.alloc(Math.ceil((16 + blob.length + 12) / 16) * 16);
    bytes.write("BlbS", 0, "latin1");
    bytes.writeUInt32LE(index + 1, 4);
    bytes.writeUInt32LE(blob.length, 12);
    bytes.set(blob, 16);
    bytes.write("BlbE", bytes.length - 4, "latin1");
    const at = 32 + 16 * (index === 0 ? 0 : index + 1);
    for (const [place, number] of [index + 1, block, bytes.length / 16].entries())
      slots.writeUInt32LE(number, at + 4 + place * 4);
    parts.push(bytes);
    block += bytes.length / 16;
  }
  return Buffer.concat(parts);
}
