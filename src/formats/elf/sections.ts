import { type Encoding, Fields } from "./fields.ts";
import type { SectionTable } from "./header.ts";
import { excessive, malformed, type Pages } from "./source.ts";
import { StringTable } from "./strings.ts";

/** A named part of the file, for tools: no loader looks at it, and a stripped file may lack them all. */
export interface Section {
  readonly name: string;
  readonly offset: number;
  /** Bytes in the file; 0 for one that takes room in memory only. */
  readonly size: number;
}

const SHT_NOBITS = 8;

/** Executables have some 40; a file of more than 65279 says so in another way, and is an object file. */
const COUNT_LIMIT = 4096;

/** Reads the section headers (System V gABI, "Section Header Table"); [] for a file that has none. */
export async function readSections(pages: Pages, encoding: Encoding, table: SectionTable): Promise<readonly Section[]> {
  if (table.offset === 0 || table.count === 0) return [];
  if (table.count > COUNT_LIMIT) throw excessive(`more than ${COUNT_LIMIT} sections`);
  const size = encoding.class === 64 ? 64 : 40;
  if (table.entrySize !== size) throw malformed(`its section headers are ${table.entrySize} bytes long, not ${size}`);
  const fields = new Fields(await pages.bytes(table.offset, size * table.count, "the section header table"), encoding);
  if (table.names >= table.count) return [];
  const ranges = Array.from({ length: table.count }, (_, index) => readRange(fields, index * size));
  const own = ranges[table.names];
  const names = new StringTable(pages, { offset: own?.offset ?? 0, length: own?.size ?? 0 });
  const sections: Section[] = [];
  for (const [index, range] of ranges.entries()) {
    sections.push({ name: await names.at(fields.int(index * size), "the name of a section"), ...range });
  }
  return sections;
}

function readRange(fields: Fields, at: number): { readonly offset: number; readonly size: number } {
  const isEmpty = fields.int(at + 4) === SHT_NOBITS;
  return {
    offset: fields.size(at + (fields.wide ? 24 : 16)),
    size: isEmpty ? 0 : fields.size(at + (fields.wide ? 32 : 20)),
  };
}
