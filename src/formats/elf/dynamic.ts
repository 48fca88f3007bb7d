import { type Encoding, Fields } from "./fields.ts";
import { locate, PT_DYNAMIC, type Segment } from "./segments.ts";
import { excessive, type Pages } from "./source.ts";
import { PATH_LIST_LIMIT, StringTable } from "./strings.ts";

const DT_NULL = 0n;
const DT_NEEDED = 1n;
const DT_STRTAB = 5n;
const DT_STRSZ = 10n;
const DT_SONAME = 14n;
const DT_RPATH = 15n;
const DT_RUNPATH = 29n;
const DT_FLAGS_1 = 0x6ffffffbn;
export const DT_VERDEF = 0x6ffffffcn;
export const DT_VERDEFNUM = 0x6ffffffdn;
export const DT_VERNEED = 0x6ffffffen;
export const DT_VERNEEDNUM = 0x6fffffffn;

const DF_1_PIE = 0x08000000n;

/** libLLVM has 40. */
const ENTRY_LIMIT = 65536;
const NEEDED_LIMIT = 4096;

/** The dynamic section as the loader sees it: through PT_DYNAMIC, without section headers. */
export interface DynamicTable {
  readonly needed: readonly bigint[];
  /** The other entries by tag; of a tag that is repeated, the last one, as glibc does it. */
  readonly values: ReadonlyMap<bigint, bigint>;
  readonly strings: StringTable;
}

/** What the dynamic section says about linking. */
export interface DynamicFacts {
  readonly needed: readonly string[];
  readonly soname: string | undefined;
  readonly rpath: readonly string[];
  readonly runpath: readonly string[];
  /** DF_1_PIE: a position-independent executable, not a library. */
  readonly pie: boolean;
}

/** Reads the dynamic section (System V gABI, "Dynamic Section"); undefined for a file without one. */
export async function readDynamic(
  pages: Pages,
  encoding: Encoding,
  segments: readonly Segment[],
): Promise<DynamicTable | undefined> {
  const segment = segments.find(({ type }) => type === PT_DYNAMIC);
  if (segment === undefined || segment.fileSize === 0) return undefined;
  const entrySize = encoding.class === 64 ? 16 : 8;
  const needed: bigint[] = [];
  const values = new Map<bigint, bigint>();
  const count = Math.floor(segment.fileSize / entrySize);
  for (let index = 0; index < count; index++) {
    if (index === ENTRY_LIMIT) throw excessive(`more than ${ENTRY_LIMIT} dynamic entries`);
    const at = segment.offset + index * entrySize;
    const fields = new Fields(await pages.bytes(at, entrySize, "the dynamic section"), encoding);
    const tag = fields.address(0);
    const value = fields.address(entrySize / 2);
    if (tag === DT_NULL) break;
    if (tag === DT_NEEDED) needed.push(value);
    else values.set(tag, value);
    if (needed.length > NEEDED_LIMIT) throw excessive(`more than ${NEEDED_LIMIT} needed libraries`);
  }
  return { needed, values, strings: stringTable(pages, segments, values) };
}

function stringTable(pages: Pages, segments: readonly Segment[], values: ReadonlyMap<bigint, bigint>): StringTable {
  const address = values.get(DT_STRTAB);
  if (address === undefined) return new StringTable(pages, { offset: 0, length: 0 });
  const { offset, length } = locate(segments, address, "the table of names");
  const stated = values.get(DT_STRSZ);
  return new StringTable(pages, { offset, length: stated === undefined ? length : Math.min(length, Number(stated)) });
}

/** Resolves the names that a dynamic section points to. */
export async function readDynamicFacts(table: DynamicTable): Promise<DynamicFacts> {
  const { strings, values } = table;
  const needed: string[] = [];
  for (const index of table.needed) needed.push(await strings.at(Number(index), "the name of a needed library"));
  const soname = values.get(DT_SONAME);
  const searchPath = async (tag: bigint): Promise<readonly string[]> => {
    const index = values.get(tag);
    if (index === undefined) return [];
    const list = await strings.at(Number(index), "a library search path", PATH_LIST_LIMIT);
    return list === "" ? [] : list.split(":");
  };
  return {
    needed,
    soname: soname === undefined ? undefined : await strings.at(Number(soname), "the file's own library name"),
    rpath: await searchPath(DT_RPATH),
    runpath: await searchPath(DT_RUNPATH),
    pie: ((values.get(DT_FLAGS_1) ?? 0n) & DF_1_PIE) !== 0n,
  };
}
