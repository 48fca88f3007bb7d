import { isDistillError } from "../../lib/errors.ts";
import { readDynamic, readDynamicFacts } from "./dynamic.ts";
import type { Encoding } from "./fields.ts";
import { readHeader } from "./header.ts";
import { readSections, type Section } from "./sections.ts";
import { readSegments, type Segment } from "./segments.ts";
import { type PageSource, Pages } from "./source.ts";

/** What is asked of every ELF file of an image: what it is linked with, and where the parts lie that compilers leave in it. */
export interface ElfLayout {
  readonly encoding: Encoding;
  readonly segments: readonly Segment[];
  readonly soname: string | undefined;
  readonly needed: readonly string[];
  /** Empty for a file that was stripped of its section headers. */
  readonly sections: readonly Section[];
  /** What is wrong with the names of libraries or with the section headers, which are left out then. */
  readonly problems: readonly string[];
}

/**
 * Reads header, program headers, dynamic section and section headers; fewer pages than readElf reads, and nothing of
 * symbols. Undefined where the file is no ELF file; FORMAT_INVALID where it is one and is broken, LIMIT_EXCEEDED where a
 * table is larger than any sound file's. Segments and sections need not lie inside the file.
 */
export async function readLayout(source: PageSource): Promise<ElfLayout | undefined> {
  const pages = new Pages(source);
  const start = await readHeader(pages);
  if (start === undefined) return undefined;
  const { header } = start;
  const segments = await readSegments(pages, header, start.segments);
  const problems: string[] = [];
  const unlessBroken = async <T>(read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!isDistillError(error, "FORMAT_INVALID", "LIMIT_EXCEEDED")) throw error;
      problems.push(error.message);
      return undefined;
    }
  };
  const dynamic = await unlessBroken(async () => {
    const table = await readDynamic(pages, header, segments);
    return table === undefined ? undefined : readDynamicFacts(table);
  });
  const sections = await unlessBroken(() => readSections(pages, header, start.sections));
  return {
    encoding: { class: header.class, littleEndian: header.littleEndian },
    segments,
    soname: dynamic?.soname,
    needed: dynamic?.needed ?? [],
    sections: sections ?? [],
    problems,
  };
}
