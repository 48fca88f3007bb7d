import { type Encoding, Fields } from "./fields.ts";
import { type ElfMachine, machineOf } from "./machine.ts";
import { malformed, type Pages } from "./source.ts";

/** ELF's e_type. */
export const ElfType = { relocatable: 1, executable: 2, shared: 3, core: 4 } as const;

/** What the file header says (System V gABI, "ELF Header"). */
export interface ElfHeader extends Encoding {
  readonly machine: ElfMachine;
  /** ET_*: 1 object file, 2 executable, 3 shared object or position-independent executable, 4 core dump. */
  readonly type: number;
  /** e_flags: the ABI's variant, by machine. */
  readonly flags: number;
  /** EI_OSABI: 0 System V, 3 GNU. */
  readonly osAbi: number;
  readonly abiVersion: number;
}

/** Where the program headers are. */
export interface SegmentTable {
  readonly offset: number;
  readonly entrySize: number;
  readonly count: number;
}

/** Where the section headers are. */
export interface SectionTable extends SegmentTable {
  /** The section that holds the names of all. */
  readonly names: number;
}

const MAGIC = [0x7f, 0x45, 0x4c, 0x46];
const IDENT = 16;

/** Reads the file header; undefined where the magic is missing or the file is shorter than a header. */
export async function readHeader(
  pages: Pages,
): Promise<
  { readonly header: ElfHeader; readonly segments: SegmentTable; readonly sections: SectionTable } | undefined
> {
  if (pages.size < headerSize(32)) return undefined;
  const ident = await pages.bytes(0, IDENT, "the file header");
  if (!MAGIC.every((byte, index) => ident[index] === byte)) return undefined;
  const encoding: Encoding = {
    class: choice(ident[4], { 1: 32, 2: 64 }, "word size"),
    littleEndian: choice(ident[5], { 1: true, 2: false }, "byte order"),
  };
  if (pages.size < headerSize(encoding.class)) return undefined;

  const fields = new Fields(await pages.bytes(0, headerSize(encoding.class), "the file header"), encoding);
  const afterAddresses = encoding.class === 64 ? 48 : 36;
  return {
    header: {
      ...encoding,
      type: fields.half(16),
      machine: machineOf(fields.half(18), encoding),
      flags: fields.int(afterAddresses),
      osAbi: ident[7] as number,
      abiVersion: ident[8] as number,
    },
    segments: {
      offset: fields.size(encoding.class === 64 ? 32 : 28),
      entrySize: fields.half(afterAddresses + 6),
      count: fields.half(afterAddresses + 8),
    },
    sections: {
      offset: fields.size(encoding.class === 64 ? 40 : 32),
      entrySize: fields.half(afterAddresses + 10),
      count: fields.half(afterAddresses + 12),
      names: fields.half(afterAddresses + 14),
    },
  };
}

function headerSize(wordSize: 32 | 64): number {
  return wordSize === 64 ? 64 : 52;
}

function choice<T>(value: number | undefined, meanings: { readonly 1: T; readonly 2: T }, what: string): T {
  if (value === 1 || value === 2) return meanings[value];
  throw malformed(`its ${what} is neither 1 nor 2 but ${value}`);
}
