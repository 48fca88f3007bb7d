import type { Encoding } from "./fields.ts";
import { readHeader } from "./header.ts";
import { readSections, type Section } from "./sections.ts";
import { readSegments, type Segment } from "./segments.ts";
import { type PageSource, Pages } from "./source.ts";

/** Where the parts of an ELF file lie, for those who look for what compilers leave in it. */
export interface ElfLayout {
  readonly encoding: Encoding;
  readonly segments: readonly Segment[];
  /** Empty for a file that was stripped of its section headers. */
  readonly sections: readonly Section[];
}

/**
 * Reads header, program headers and section headers. Undefined where the file is no ELF file; FORMAT_INVALID where it is
 * one and is broken, LIMIT_EXCEEDED where a table is larger than any sound file's. Nothing of the parts is read, and they
 * need not lie inside the file.
 */
export async function readLayout(source: PageSource): Promise<ElfLayout | undefined> {
  const pages = new Pages(source);
  const start = await readHeader(pages);
  if (start === undefined) return undefined;
  const { header } = start;
  return {
    encoding: { class: header.class, littleEndian: header.littleEndian },
    segments: await readSegments(pages, header, start.segments),
    sections: await readSections(pages, header, start.sections),
  };
}
