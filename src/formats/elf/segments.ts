import { type Encoding, Fields } from "./fields.ts";
import type { SegmentTable } from "./header.ts";
import { excessive, malformed, type Pages } from "./source.ts";

/** A program header: a range of the file, and where the loader maps it. */
export interface Segment {
  /** PT_*. */
  readonly type: number;
  readonly offset: number;
  readonly address: bigint;
  readonly fileSize: number;
  /** PF_*: 1 executable, 2 writable, 4 readable. */
  readonly flags: number;
  readonly alignment: number;
}

export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_INTERP = 3;
export const PT_NOTE = 4;
export const PT_GNU_PROPERTY = 0x6474e553;

/** PN_XNUM: the count stands elsewhere because it does not fit. Core dumps only. */
const COUNT_OVERFLOW = 0xffff;

/** Reads the program headers (System V gABI, "Program Header"). A file that has none is not loaded and gives []. */
export async function readSegments(pages: Pages, encoding: Encoding, table: SegmentTable): Promise<readonly Segment[]> {
  if (table.count === 0 || table.offset === 0) return [];
  if (table.count === COUNT_OVERFLOW) throw excessive("more than 65534 program headers");
  const size = encoding.class === 64 ? 56 : 32;
  if (table.entrySize !== size) throw malformed(`its program headers are ${table.entrySize} bytes long, not ${size}`);
  const bytes = await pages.bytes(table.offset, size * table.count, "the program header table");
  const fields = new Fields(bytes, encoding);
  return Array.from({ length: table.count }, (_, index) => readSegment(fields, index * size));
}

function readSegment(fields: Fields, at: number): Segment {
  return {
    type: fields.int(at),
    offset: fields.size(at + (fields.wide ? 8 : 4)),
    address: fields.address(at + (fields.wide ? 16 : 8)),
    fileSize: fields.size(at + (fields.wide ? 32 : 16)),
    flags: fields.int(at + (fields.wide ? 4 : 24)),
    alignment: fields.size(at + (fields.wide ? 48 : 28)),
  };
}

/** Where in the file lies what the loader maps to `address`, and how many bytes follow there in the same segment. */
export function locate(
  segments: readonly Segment[],
  address: bigint,
  what: string,
): { readonly offset: number; readonly length: number } {
  for (const segment of segments) {
    const within = address - segment.address;
    if (segment.type === PT_LOAD && within >= 0n && within < BigInt(segment.fileSize)) {
      return { offset: segment.offset + Number(within), length: segment.fileSize - Number(within) };
    }
  }
  throw malformed(`${what} is at address 0x${address.toString(16)}, which no segment loads from the file`);
}
