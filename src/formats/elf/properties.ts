import { type Encoding, Fields } from "./fields.ts";
import type { ElfMachine } from "./machine.ts";
import { PT_GNU_PROPERTY, PT_NOTE, type Segment } from "./segments.ts";
import type { Pages } from "./source.ts";
import { latin1 } from "./strings.ts";

const NT_GNU_PROPERTY_TYPE_0 = 5;
const GNU_PROPERTY_X86_ISA_1_NEEDED = 0xc0008002;
const NOTE_HEADER = 12;
/** Larger segments, and further ones, hold something else. */
const NOTE_LIMIT = 64 * 1024;
const SEGMENT_LIMIT = 16;
const X86_MACHINES = [3, 62];

/**
 * The x86 instruction set levels that a file says it cannot do without, as bits: 1 baseline, 2 v2, 4 v3, 8 v4 (x86-64
 * psABI, "Program Property"). Undefined where it says nothing. As in glibc, a file that has no PT_GNU_PROPERTY may say
 * it in a PT_NOTE of the word's alignment (gold writes that), and a damaged note says nothing.
 */
export async function readIsaNeeded(
  pages: Pages,
  encoding: Encoding,
  machine: ElfMachine,
  segments: readonly Segment[],
): Promise<number | undefined> {
  if (!X86_MACHINES.includes(machine.number)) return undefined;
  const alignment = encoding.class / 8;
  const property = segments.find(({ type }) => type === PT_GNU_PROPERTY);
  const notes = segments.filter((segment) => segment.type === PT_NOTE && segment.alignment === alignment);
  for (const segment of property === undefined ? notes.slice(0, SEGMENT_LIMIT) : [property]) {
    if (segment.fileSize > NOTE_LIMIT) continue;
    const bytes = await pages.bytes(segment.offset, segment.fileSize, "a note");
    const isa = isaIn(bytes, new Fields(bytes, encoding), alignment);
    if (isa !== undefined) return isa;
  }
  return undefined;
}

/** Looks through the notes of a segment for GNU's property note. */
function isaIn(bytes: Uint8Array, fields: Fields, alignment: number): number | undefined {
  for (let at = 0; at + NOTE_HEADER <= bytes.length; ) {
    const start = at + padded(NOTE_HEADER + fields.int(at), alignment);
    const end = start + fields.int(at + 4);
    const owner = latin1(bytes.subarray(at + NOTE_HEADER, at + NOTE_HEADER + fields.int(at)));
    if (owner === "GNU\0" && fields.int(at + 8) === NT_GNU_PROPERTY_TYPE_0) {
      return isaOf(fields, start, Math.min(end, bytes.length), alignment);
    }
    at = padded(end, alignment);
  }
  return undefined;
}

function isaOf(fields: Fields, start: number, end: number, alignment: number): number | undefined {
  for (let at = start; at + 12 <= end; ) {
    const size = fields.int(at + 4);
    if (fields.int(at) === GNU_PROPERTY_X86_ISA_1_NEEDED && size === 4) return fields.int(at + 8);
    at += 8 + padded(size, alignment);
  }
  return undefined;
}

function padded(size: number, alignment: number): number {
  return Math.ceil(size / alignment) * alignment;
}
