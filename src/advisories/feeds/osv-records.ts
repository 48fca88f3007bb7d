import { zipEntries } from "../../formats/zip/entries.ts";
import { readZipEntry } from "../../formats/zip/read.ts";
import { DistillError } from "../../lib/errors.ts";
import { bytesOfFile, openPlain, type StoredFile, startOfFile, wholeFile } from "./stored-file.ts";
import { ZipFile } from "./zip-file.ts";

/** One record of an export, as the bytes that stand there. */
export interface RawRecord {
  /** Where, for messages. */
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** Bytes; the longest records, of distributions' kernels, had 8 million in 2026. */
const MAX_RECORD = 64 << 20;
const MAX_RECORDS = 5_000_000;
/** Bytes of all records of a file. */
const MAX_TOTAL = 64 * 2 ** 30;

const PACKED = /\.(?:gz|zst|bz2|xz)$/i;
const NEWLINE = 0x0a;
const ZIP = "504b";

/**
 * The records of a file in one of the forms of OSV: `all.zip` with a file for each record, a line for each (.jsonl), or
 * one record alone (.json); lines and single ones may be packed. Streams: a record at a time is in memory.
 * FORMAT_INVALID for what is none of them or is damaged, LIMIT_EXCEEDED for what is larger than any.
 */
export async function* osvRecords(file: StoredFile): AsyncGenerator<RawRecord> {
  const start = Buffer.from(await startOfFile(file)).toString("hex", 0, 2);
  if (start === ZIP) return yield* zipRecords(file);
  if (/\.zip$/i.test(file.name)) {
    throw new DistillError("FORMAT_INVALID", `${file.what} is not a ZIP archive`, {
      hint: "the server has something else there, or a network in between answers in its place",
    });
  }
  if (/\.json$/i.test(file.name.replace(PACKED, ""))) {
    return yield { what: file.what, bytes: await wholeFile(file, MAX_RECORD) };
  }
  yield* lineRecords(file);
}

async function* zipRecords({ path, what }: StoredFile): AsyncGenerator<RawRecord> {
  const handle = await openPlain(path);
  try {
    const source = new ZipFile(handle, (await handle.stat()).size);
    // The directory is read beside the entries: through one window they would push one another out.
    const directory = new ZipFile(handle, source.size);
    let total = 0;
    for await (const entry of zipEntries(directory, MAX_RECORDS)) {
      if (!entry.name.endsWith(".json")) continue;
      total += entry.size;
      if (total > MAX_TOTAL) throw new DistillError("LIMIT_EXCEEDED", `${what} holds more than ${MAX_TOTAL} bytes`);
      yield { what: `${what}: ${entry.name}`, bytes: await readZipEntry(source, entry, MAX_RECORD) };
    }
  } finally {
    await handle.close();
  }
}

/**
 * The lines of a file that are not blank, as bytes; the file may be packed. LIMIT_EXCEEDED for lines, or numbers of them,
 * that no feed has.
 */
export async function* lineRecords(file: StoredFile): AsyncGenerator<RawRecord> {
  let pieces: Uint8Array[] = [];
  let held = 0;
  let line = 0;
  const take = (last: Uint8Array): RawRecord | undefined => {
    const bytes = pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
    pieces = [];
    held = 0;
    line++;
    if (line > MAX_RECORDS) throw new DistillError("LIMIT_EXCEEDED", `${file.what} has more than ${MAX_RECORDS} lines`);
    return isBlank(bytes) ? undefined : { what: `${file.what}: line ${line}`, bytes };
  };
  for await (const chunk of bytesOfFile(file, MAX_TOTAL)) {
    let at = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, at)) {
      const record = take(chunk.subarray(at, end));
      if (record !== undefined) yield record;
      at = end + 1;
    }
    if (at === chunk.length) continue;
    // The chunk's memory may be used again.
    pieces.push(Uint8Array.from(chunk.subarray(at)));
    held += chunk.length - at;
    if (held > MAX_RECORD) {
      throw new DistillError("LIMIT_EXCEEDED", `${file.what}: line ${line + 1} is longer than ${MAX_RECORD} bytes`);
    }
  }
  const record = take(new Uint8Array(0));
  if (record !== undefined) yield record;
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);
}
