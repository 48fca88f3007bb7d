import { createHash } from "node:crypto";
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type ArMember, readAr } from "../../formats/ar/reader.ts";
import { gunzip } from "../../formats/gzip/read.ts";
import type { TarHeader } from "../../formats/tar/header.ts";
import { readTar } from "../../formats/tar/reader.ts";
import { unxz } from "../../formats/xz/read.ts";
import { unzstd } from "../../formats/zstd/read.ts";
import { type Digest, digestFromHex } from "../../lib/digest.ts";
import { DistillError, fromSystemError } from "../../lib/errors.ts";
import { limitBytes } from "../../lib/limit-bytes.ts";

/** What to unpack, and where to. */
export interface UnpackJob {
  /** Of the .deb. */
  readonly path: string;
  /** What the .deb must have. */
  readonly digest: Digest;
  /** Path of the uncompressed data.tar that is made; must not exist. */
  readonly dataTar: string;
  /** Most bytes that the data.tar may have; default 4 GiB. */
  readonly maxBytes?: number;
  /** All files of its control information are wanted, as dpkg keeps them. */
  readonly wholeControl?: boolean;
}

/** A file of a package's control information. */
export interface ControlFile {
  readonly name: string;
  /** Permission bits. */
  readonly mode: number;
  readonly bytes: Uint8Array;
}

/** What dpkg runs while it installs a package, first line and all. */
export interface InstallScripts {
  readonly preinst: string | undefined;
  readonly postinst: string | undefined;
}

/** A .deb without its wrapping (deb(5), deb-control(5)). */
export interface UnpackedDeb {
  /** The bytes of its control file, in whatever encoding. */
  readonly control: Uint8Array;
  /** The bytes of its md5sums file, where it has one. */
  readonly md5sums: Uint8Array | undefined;
  /** Absolute paths, as the package lists them. */
  readonly conffiles: readonly string[];
  /** Names of the maintainer scripts (preinst, postinst, prerm, postrm, config), sorted. None of them is ever run. */
  readonly scripts: readonly string[];
  /** The texts of preinst and postinst where it has them; "" for one that is no text (a program of its own). */
  readonly installScripts: InstallScripts;
  /** The text of its triggers file. */
  readonly triggers: string | undefined;
  /** Every file beside `control`, where all are wanted; in the order of the package. */
  readonly controlFiles?: readonly ControlFile[];
  /** Path of the uncompressed data.tar. */
  readonly dataTar: string;
  /** Bytes of it. */
  readonly dataSize: number;
}

const READ_BYTES = 256 * 1024;
const MAX_DATA_BYTES = 4 * 1024 ** 3;
const MAX_CONTROL_BYTES = 64 * 1024 ** 2;
const MAX_CONTROL_FILE_BYTES = 16 * 1024 ** 2;
/** Longest script that is handed on; a longer one counts as one that is no text. */
const MAX_SCRIPT_BYTES = 1024 ** 2;
const MAX_MEMBERS = 16;

const SCRIPTS: ReadonlySet<string> = new Set(["preinst", "postinst", "prerm", "postrm", "config"]);
/** What may become a part of a file name of dpkg's. */
const CONTROL_NAME = /^[a-z0-9][a-z0-9.+-]{0,63}$/;
const KEPT: ReadonlySet<string> = new Set(["control", "md5sums", "conffiles", "triggers", "preinst", "postinst"]);

/**
 * Takes a .deb apart: control information in memory, the file system archive uncompressed into a file. Nothing of it is
 * parsed before its SHA-256 is the right one (else DIGEST_MISMATCH). FORMAT_INVALID, naming the .deb, for one that is
 * broken, UNSUPPORTED for another format than 2.x or another compression than xz, gzip, zstd and none, LIMIT_EXCEEDED
 * over `maxBytes`. Streams: memory does not grow with the package. On failure no data.tar is left.
 */
export async function unpackDeb(job: UnpackJob): Promise<UnpackedDeb> {
  return withDeb(job, async (fd, members) => {
    const whole = job.wholeControl === true;
    const control = await readControl(fd, findTar(members, "control.tar", job.path), job.path, whole);
    const data = findTar(members, "data.tar", job.path);
    const maxBytes = job.maxBytes ?? MAX_DATA_BYTES;
    const dataSize = await writeData(decompressed(fd, data, maxBytes, job.path), job.dataTar);
    return { ...control, dataTar: job.dataTar, dataSize };
  });
}

/** Opens a .deb that has the right digest. */
async function withDeb<T>(
  job: Pick<UnpackJob, "path" | "digest">,
  use: (fd: number, members: readonly ArMember[]) => Promise<T>,
): Promise<T> {
  let file: FileHandle;
  try {
    file = await open(job.path, "r");
  } catch (error) {
    throw fromSystemError(error, "reading", job.path);
  }
  try {
    verifyDigest(file.fd, job);
    const members = await readAr(file, { members: MAX_MEMBERS, archive: job.path });
    checkVersion(file.fd, members, job.path);
    return await use(file.fd, members);
  } finally {
    await file.close();
  }
}

/** A file or link of a package, as readDebFiles gives it. */
export interface DebMember {
  readonly header: TarHeader;
  /** Of a file; none of anything else. */
  readonly bytes: Uint8Array;
}

/** What to read of a .deb. */
export interface DebFilesJob extends Pick<UnpackJob, "path" | "digest" | "maxBytes"> {
  readonly wanted: (header: TarHeader) => boolean;
  /** Most bytes that all wanted files may have together. */
  readonly maxWanted: number;
}

/**
 * The entries of a .deb's file system archive that are wanted, in its order; nothing is written. Fails as unpackDeb does;
 * LIMIT_EXCEEDED also where more is wanted than `maxWanted`.
 */
export async function readDebFiles(job: DebFilesJob): Promise<readonly DebMember[]> {
  return withDeb(job, async (fd, members) => {
    const data = findTar(members, "data.tar", job.path);
    const found: DebMember[] = [];
    let left = job.maxWanted;
    const tar = decompressed(fd, data, job.maxBytes ?? MAX_DATA_BYTES, job.path);
    for await (const { header, body } of readTar(tar, { archive: job.path })) {
      if (!job.wanted(header)) continue;
      const chunks: Uint8Array[] = [];
      for await (const chunk of limitBytes(body, left, `${job.path}: the files that are wanted`)) {
        left -= chunk.length;
        // The body's chunks may be views of a buffer that is used again.
        chunks.push(chunk.slice());
      }
      found.push({ header, bytes: new Uint8Array(Buffer.concat(chunks)) });
    }
    return found;
  });
}

/** The bytes of a .deb's control file. Fails as unpackDeb does; the digest is not looked at. */
export async function readDebControl(path: string): Promise<Uint8Array> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    throw fromSystemError(error, "reading", path);
  }
  try {
    const members = await readAr(file, { members: MAX_MEMBERS, archive: path });
    checkVersion(file.fd, members, path);
    return (await readControl(file.fd, findTar(members, "control.tar", path), path)).control;
  } finally {
    await file.close();
  }
}

function verifyDigest(fd: number, job: Pick<UnpackJob, "path" | "digest">): void {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  for (let at = 0; ; ) {
    const count = readSync(fd, buffer, 0, buffer.length, at);
    if (count === 0) break;
    hash.update(buffer.subarray(0, count));
    at += count;
  }
  const actual = digestFromHex(hash.digest("hex"));
  if (actual !== job.digest) {
    throw new DistillError("DIGEST_MISMATCH", `${job.path}: expected ${job.digest}, got ${actual}`);
  }
}

/** The first member says which version of the format follows: readers take any 2.x (deb(5)). */
function checkVersion(fd: number, members: readonly ArMember[], path: string): void {
  const [first] = members;
  if (first?.name !== "debian-binary") throw invalid(path, "its first member is not debian-binary");
  const bytes = Buffer.alloc(Math.min(first.size, 32));
  readSync(fd, bytes, 0, bytes.length, first.offset);
  const version = bytes.toString("latin1").split("\n", 1)[0] ?? "";
  if (!/^2\.\d+$/.test(version)) {
    throw new DistillError("UNSUPPORTED", `${path}: format ${JSON.stringify(version)} is not 2.x`);
  }
}

function findTar(members: readonly ArMember[], stem: string, path: string): ArMember {
  const found = members.filter(({ name }) => name === stem || name.startsWith(`${stem}.`));
  const [member] = found;
  if (member === undefined || found.length > 1) throw invalid(path, `${found.length} members ${stem}.* instead of one`);
  return member;
}

/** What a control.tar holds. */
type ControlInformation = Omit<UnpackedDeb, "dataTar" | "dataSize">;

async function readControl(fd: number, member: ArMember, path: string, whole = false): Promise<ControlInformation> {
  const files = new Map<string, Uint8Array>();
  const modes = new Map<string, number>();
  const scripts = new Set<string>();
  for await (const { header, body } of readTar(decompressed(fd, member, MAX_CONTROL_BYTES, path), { archive: path })) {
    if (header.type !== "file") continue;
    const name = header.path.replace(/^\.?\//, "");
    if (SCRIPTS.has(name)) scripts.add(name);
    if (!whole && !KEPT.has(name)) continue;
    if (whole && !CONTROL_NAME.test(name)) throw invalid(path, `a control file is called ${JSON.stringify(name)}`);
    const chunks: Uint8Array[] = [];
    // The body's chunks may be views of a buffer that is used again.
    const limited = limitBytes(body, MAX_CONTROL_FILE_BYTES, `${path}: control file ${name}`);
    for await (const chunk of limited) chunks.push(chunk.slice());
    files.set(name, new Uint8Array(Buffer.concat(chunks)));
    modes.set(name, header.mode & 0o777);
  }
  const control = files.get("control");
  const text = (name: string): string | undefined => {
    const bytes = files.get(name);
    return bytes && Buffer.from(bytes).toString("utf8");
  };
  if (control === undefined) throw invalid(path, "it has no control file");
  return {
    control,
    md5sums: files.get("md5sums"),
    conffiles: (text("conffiles") ?? "").split("\n").filter((line) => line !== ""),
    scripts: [...scripts].sort(),
    installScripts: { preinst: scriptText(files.get("preinst")), postinst: scriptText(files.get("postinst")) },
    triggers: text("triggers"),
    ...(whole && {
      controlFiles: Array.from(files, ([name, bytes]) => ({ name, mode: modes.get(name) ?? 0, bytes })).filter(
        ({ name }) => name !== "control",
      ),
    }),
  };
}

function scriptText(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  return bytes.length > MAX_SCRIPT_BYTES || bytes.includes(0) ? "" : Buffer.from(bytes).toString("utf8");
}

function decompressed(fd: number, member: ArMember, maxBytes: number, path: string): AsyncIterable<Uint8Array> {
  const bytes = readRange(fd, member);
  const what = `${member.name} of ${path}`;
  switch (member.name.slice(member.name.indexOf(".tar") + ".tar".length)) {
    case ".xz":
      return limitBytes(unxz(bytes, { size: member.size }), maxBytes, what);
    case ".gz":
      return limitBytes(gunzip(bytes), maxBytes, what);
    case ".zst":
      return limitBytes(unzstd(bytes), maxBytes, what);
    case "":
      return limitBytes(bytes, maxBytes, what);
    default:
      throw new DistillError("UNSUPPORTED", `${path}: the compression of ${member.name} is not supported`, {
        hint: "supported: xz, gzip, zstd and none",
      });
  }
}

async function* readRange(fd: number, member: ArMember): AsyncGenerator<Uint8Array> {
  const end = member.offset + member.size;
  for (let at = member.offset; at < end; ) {
    const chunk = Buffer.allocUnsafe(Math.min(READ_BYTES, end - at));
    const count = readSync(fd, chunk, 0, chunk.length, at);
    if (count === 0) return;
    yield chunk.subarray(0, count);
    at += count;
  }
}

/** Synchronous writes: this runs in a thread of its own, where they take less time than asynchronous ones. */
async function writeData(source: AsyncIterable<Uint8Array>, path: string): Promise<number> {
  let fd: number | undefined;
  try {
    fd = openSync(path, "wx", 0o600);
    let size = 0;
    for await (const chunk of source) {
      for (let offset = 0; offset < chunk.length; ) offset += writeSync(fd, chunk, offset);
      size += chunk.length;
    }
    return size;
  } catch (error) {
    if (fd !== undefined) rmSync(path, { force: true });
    throw fromSystemError(error, "writing", path);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function invalid(path: string, problem: string): DistillError {
  return new DistillError("FORMAT_INVALID", `${path}: ${problem}`);
}
