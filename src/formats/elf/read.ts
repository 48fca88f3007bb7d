import { type DynamicFacts, readDynamic, readDynamicFacts } from "./dynamic.ts";
import { type ElfHeader, readHeader } from "./header.ts";
import { readIsaNeeded } from "./properties.ts";
import { PT_INTERP, readSegments, type Segment } from "./segments.ts";
import { malformed, type PageSource, Pages } from "./source.ts";
import { NAME_LIMIT, StringTable } from "./strings.ts";
import { type VersionNeed, VersionTables } from "./versions.ts";

/**
 * What a dynamic loader needs to know of an ELF file. Names are latin1 strings, one char per byte. Search paths are
 * split at ":" and otherwise as they stand: $ORIGIN and empty parts (the current directory) are left in.
 */
export interface ElfFile extends ElfHeader, DynamicFacts {
  /** The program that loads this one (PT_INTERP). */
  readonly interpreter: string | undefined;
  /** False for static executables that are not position-independent, and for object files. */
  readonly hasDynamic: boolean;
  readonly versionNeeds: readonly VersionNeed[];
  readonly versionDefinitions: readonly string[];
  /** Bits of x86 instruction set levels: 1 baseline, 2 v2, 4 v3, 8 v4. Undefined where the file does not say. */
  readonly isaNeeded: number | undefined;
}

const NOT_DYNAMIC: DynamicFacts = { needed: [], soname: undefined, rpath: [], runpath: [], pie: false };

/**
 * Reads header, program headers, dynamic section and symbol versions, by position and never through section headers,
 * which a stripped file may lack. Reads a few pages, 16 MiB at the very most.
 *
 * Undefined where the file is no ELF file (its magic is missing, or it is shorter than an ELF header). FORMAT_INVALID
 * where it is one and is broken, LIMIT_EXCEEDED where a table is larger than any sound file's.
 */
export async function readElf(source: PageSource): Promise<ElfFile | undefined> {
  const pages = new Pages(source);
  const start = await readHeader(pages);
  if (start === undefined) return undefined;
  const { header } = start;
  const segments = await readSegments(pages, header, start.segments);
  const dynamic = await readDynamic(pages, header, segments);
  const versions = dynamic === undefined ? undefined : new VersionTables(pages, header, segments, dynamic);
  return {
    ...header,
    interpreter: await readInterpreter(pages, segments),
    hasDynamic: dynamic !== undefined,
    ...(dynamic === undefined ? NOT_DYNAMIC : await readDynamicFacts(dynamic)),
    versionNeeds: (await versions?.needs()) ?? [],
    versionDefinitions: (await versions?.definitions()) ?? [],
    isaNeeded: await readIsaNeeded(pages, header, header.machine, segments),
  };
}

async function readInterpreter(pages: Pages, segments: readonly Segment[]): Promise<string | undefined> {
  const segment = segments.find(({ type }) => type === PT_INTERP);
  if (segment === undefined || segment.fileSize === 0) return undefined;
  if (segment.fileSize > NAME_LIMIT) throw malformed(`its interpreter's name is longer than ${NAME_LIMIT} bytes`);
  const range = { offset: segment.offset, length: segment.fileSize };
  return new StringTable(pages, range).at(0, "the interpreter's name");
}
