import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, lutimesSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { END_OF_ARCHIVE, encodeHeader, paddingAfter } from "../../src/formats/tar/writer.ts";
import type { CaseFile, CaseTarEntry } from "./build-cases.ts";

/** What every file of a case's context is dated, in seconds: 2020-01-01T00:00:00Z. */
export const CONTEXT_TIME = Date.UTC(2020, 0, 1) / 1000;

/** Writes the context of a case: files, links and archives, all of one date. */
export function writeContext(directory: string, files: Readonly<Record<string, CaseFile>>): void {
  const entries = Object.entries(files);
  for (const [path, file] of entries) {
    const at = join(directory, path);
    mkdirSync(dirname(at), { recursive: true });
    writeEntry(at, file);
  }
  for (const [path, file] of entries)
    if (file.type === "hardlink") linkSync(join(directory, file.target), join(directory, path));
  // Modes of directories last: one may not be writable.
  for (const [path, file] of entries) {
    if (file.type === "dir") chmodSync(join(directory, path), Number.parseInt(file.mode, 8));
  }
  execFileSync("find", [directory, "-exec", "touch", "-h", "-d", "@1577836800", "{}", "+"]);
}

function writeEntry(at: string, file: CaseFile): void {
  switch (file.type) {
    case "dir":
      mkdirSync(at, { recursive: true });
      break;
    case "file":
      writeFileSync(at, file.content);
      chmodSync(at, Number.parseInt(file.mode, 8));
      break;
    case "symlink":
      symlinkSync(file.target, at);
      lutimesSync(at, CONTEXT_TIME, CONTEXT_TIME);
      break;
    case "tar":
      writeFileSync(at, Buffer.concat(file.entries.flatMap(tarParts).concat(END_OF_ARCHIVE)));
      utimesSync(at, CONTEXT_TIME, CONTEXT_TIME);
      break;
    case "hardlink":
  }
}

function tarParts(entry: CaseTarEntry): readonly Uint8Array[] {
  const { name, mode, type = "file", uid = 0, gid = 0, content = "", target = "" } = entry;
  const bytes = Buffer.from(content);
  const header = encodeHeader({
    path: name,
    type: type === "dir" ? "directory" : type,
    mode: Number.parseInt(mode ?? (type === "symlink" ? "777" : "644"), 8),
    ...{ uid, gid, size: type === "file" ? bytes.length : 0, mtime: CONTEXT_TIME },
    linkname: target,
    ...{ uname: "", gname: "", devmajor: 0, devminor: 0, xattrs: new Map() },
  });
  return type === "file" ? [header, bytes, paddingAfter(bytes.length)] : [header];
}
