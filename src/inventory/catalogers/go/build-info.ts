import { Fields } from "../../../formats/elf/fields.ts";
import type { ElfLayout } from "../../../formats/elf/layout.ts";
import { locate, PT_LOAD } from "../../../formats/elf/segments.ts";
import { DistillError } from "../../../lib/errors.ts";
import type { Content } from "../../../rootfs/content.ts";

/** What Go's linker leaves in a program (debug/buildinfo, runtime/debug). */
export interface GoBuildInfo {
  /** `go1.22.3`, `go1.22.3 X:boringcrypto`, `devel go1.23-0123abc`. */
  readonly goVersion: string;
  /** The text of runtime/debug.BuildInfo without the marks around it; "" where the program was built without modules. */
  readonly modules: string;
}

const MAGIC = Buffer.from("\xff Go buildinf:", "latin1");
const ALIGNMENT = 16;
const HEADER = 32;
const WRITABLE = 2;

/** Flags in byte 15: numbers are big-endian (older form); texts follow inline (Go 1.18 and later). */
const BIG_ENDIAN = 1;
const INLINE = 2;

/** Bytes: Kubernetes' text has 40 thousand. */
const MAX_VERSION = 1024;
const MAX_TEXT = 4 * 1024 * 1024;

/** Of a data segment that is looked through for the mark, where no section says where it is; it stands near the beginning. */
const MAX_SEARCH = 16 * 1024 * 1024;
const WINDOW = 256 * 1024;

/** Marks of 16 random bytes before and after the text of modules (cmd/go/internal/modload). */
const MARK = 16;

/**
 * The build information of a Go program; undefined where it has none. FORMAT_INVALID where it has the mark of one and
 * what follows is damaged, LIMIT_EXCEEDED where a text is longer than any sound one.
 */
export async function readBuildInfo(content: Content, layout: ElfLayout): Promise<GoBuildInfo | undefined> {
  const offset = await findMark(content, layout);
  if (offset === undefined) return undefined;
  const header = await bytesAt(content, offset, HEADER);
  const flags = header[15] ?? 0;
  const [version, text] =
    (flags & INLINE) !== 0
      ? await inlineTexts(content, offset + HEADER)
      : await pointedTexts(content, layout, header, (flags & BIG_ENDIAN) === 0);
  if (version === "") return undefined;
  return { goVersion: version, modules: withoutMarks(text) };
}

async function findMark(content: Content, { sections, segments }: ElfLayout): Promise<number | undefined> {
  const section = sections.find(({ name }) => name === ".go.buildinfo");
  if (section !== undefined) return searchMark(content, section.offset, section.size);
  if (sections.length > 0) return undefined;
  const data = segments.find(({ type, flags }) => type === PT_LOAD && (flags & 3) === WRITABLE);
  return data === undefined ? undefined : searchMark(content, data.offset, data.fileSize);
}

async function searchMark(content: Content, from: number, size: number): Promise<number | undefined> {
  const end = Math.min(content.size, from + Math.min(size, MAX_SEARCH));
  for (let offset = from; offset + HEADER <= end; offset += WINDOW) {
    const window = Buffer.from(await content.read(offset, Math.min(WINDOW + MAGIC.length, end - offset)));
    for (let at = window.indexOf(MAGIC); at >= 0; at = window.indexOf(MAGIC, at + 1)) {
      if (at % ALIGNMENT === 0) return offset + at;
    }
  }
  return undefined;
}

/** Go 1.18 and later: each text with its length in front, as a variable-length number. */
async function inlineTexts(content: Content, start: number): Promise<readonly [string, string]> {
  const version = await inlineText(content, start, MAX_VERSION);
  return [version.text, (await inlineText(content, version.end, MAX_TEXT)).text];
}

async function inlineText(
  content: Content,
  start: number,
  limit: number,
): Promise<{ readonly text: string; readonly end: number }> {
  const head = await content.read(start, 10);
  let length = 0;
  for (const [index, byte] of head.entries()) {
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) {
      const from = start + index + 1;
      return { text: await textAt(content, from, length, limit), end: from + length };
    }
  }
  throw damaged("a length has no end");
}

/** Before Go 1.18: addresses of two string headers, each of an address and a length. */
async function pointedTexts(
  content: Content,
  layout: ElfLayout,
  header: Uint8Array,
  littleEndian: boolean,
): Promise<readonly [string, string]> {
  const size = header[14];
  if (size !== 4 && size !== 8) throw damaged(`addresses of ${size} bytes`);
  const encoding = { class: size === 8 ? 64 : 32, littleEndian } as const;
  const pointers = new Fields(header, encoding);
  const read = async (pointer: bigint, limit: number): Promise<string> => {
    if (pointer === 0n) return "";
    const found = locate(layout.segments, pointer, "Go's build information");
    const fields = new Fields(await bytesAt(content, found.offset, 2 * size), encoding);
    const [address, length] = [fields.address(0), fields.size(size)];
    if (length === 0) return "";
    return textAt(content, locate(layout.segments, address, "Go's build information").offset, length, limit);
  };
  return [await read(pointers.address(16), MAX_VERSION), await read(pointers.address(16 + size), MAX_TEXT)];
}

async function textAt(content: Content, offset: number, length: number, limit: number): Promise<string> {
  if (length > limit) {
    throw new DistillError("LIMIT_EXCEEDED", `its Go build information has a text of more than ${limit} bytes`);
  }
  return Buffer.from(await bytesAt(content, offset, length)).toString("latin1");
}

async function bytesAt(content: Content, offset: number, length: number): Promise<Uint8Array> {
  if (!(offset >= 0 && offset + length <= content.size)) throw damaged("a part lies outside of the file");
  return content.read(offset, length);
}

function withoutMarks(text: string): string {
  const isMarked = text.length > 2 * MARK && text[text.length - MARK - 1] === "\n";
  return isMarked ? Buffer.from(text.slice(MARK, -MARK), "latin1").toString("utf8") : "";
}

function damaged(what: string): DistillError {
  return new DistillError("FORMAT_INVALID", `damaged Go build information: ${what}`);
}
