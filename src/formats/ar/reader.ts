import type { FileHandle } from "node:fs/promises";
import { DistillError, fromSystemError } from "../../lib/errors.ts";

/** One member of an ar archive. */
export interface ArMember {
  readonly name: string;
  /** Bytes of content. */
  readonly size: number;
  /** Where the content begins in the file. */
  readonly offset: number;
}

export interface ArOptions {
  /** Most members that are accepted; default 1000 (a .deb has three). */
  readonly members?: number;
  /** What error messages call the archive; default "ar archive". */
  readonly archive?: string;
}

const MAGIC = "!<arch>\n";
const HEADER = 60;

/**
 * Lists an ar archive in the form that deb(5) describes: plain names of at most 16 bytes, padded with spaces, a
 * trailing "/" dropped as dpkg does. Contents are not read. Throws FORMAT_INVALID with the offset for anything that is
 * broken or truncated, UNSUPPORTED for GNU's and BSD's long names and symbol tables, LIMIT_EXCEEDED over the limit.
 */
export async function readAr(file: FileHandle, options: ArOptions = {}): Promise<readonly ArMember[]> {
  const archive = options.archive ?? "ar archive";
  const limit = options.members ?? 1000;
  const size = await fileSize(file, archive);
  if ((await read(file, 0, MAGIC.length, archive)) !== MAGIC) throw invalid(archive, 0, "not an ar archive");
  const members: ArMember[] = [];
  let at = MAGIC.length;
  while (at < size) {
    if (members.length === limit) {
      throw new DistillError("LIMIT_EXCEEDED", `${archive}: more than ${limit} members`);
    }
    const member = parseHeader(await read(file, at, HEADER, archive), at, archive);
    // Contents of odd length are followed by one byte of padding.
    const end = member.offset + member.size + (member.size % 2);
    if (end > size) throw invalid(archive, at, `ends at byte ${size}, inside member ${JSON.stringify(member.name)}`);
    members.push(member);
    at = end;
  }
  return members;
}

function parseHeader(header: string, at: number, archive: string): ArMember {
  if (header.length < HEADER) throw invalid(archive, at, "ends inside a member's header");
  if (!header.endsWith("`\n")) throw invalid(archive, at, "no member header");
  const field = header.slice(0, 16);
  if (/^(\/|#1\/)/.test(field)) {
    throw new DistillError(
      "UNSUPPORTED",
      `${archive}: symbol table or long name ${JSON.stringify(field)} at byte ${at}`,
    );
  }
  const name = /^([\x21-\x2e\x30-\x7e]+)\/? *$/.exec(field)?.[1];
  if (name === undefined) throw invalid(archive, at, "not a plain member name");
  const size = /^([0-9]{1,10}) *$/.exec(header.slice(48, 58))?.[1];
  if (size === undefined) throw invalid(archive, at, `member ${JSON.stringify(name)} has no size`);
  return { name, size: Number(size), offset: at + HEADER };
}

function invalid(archive: string, at: number, problem: string): DistillError {
  return new DistillError("FORMAT_INVALID", `${archive}: ${problem} (header at byte ${at})`);
}

async function fileSize(file: FileHandle, archive: string): Promise<number> {
  try {
    return (await file.stat()).size;
  } catch (error) {
    throw fromSystemError(error, "reading", archive);
  }
}

/** `length` bytes at `at` as latin1; fewer at the end of the file. */
async function read(file: FileHandle, at: number, length: number, archive: string): Promise<string> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  try {
    while (filled < length) {
      const { bytesRead } = await file.read(buffer, filled, length - filled, at + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
  } catch (error) {
    throw fromSystemError(error, "reading", archive);
  }
  return buffer.toString("latin1", 0, filled);
}
