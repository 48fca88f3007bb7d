import { DistillError } from "../lib/errors.ts";

declare const brand: unique symbol;

/**
 * A path inside a root file system: the bytes of the path, one character a byte (latin1: lossless, and `<` is byte
 * order), relative to the root, without empty, "." or ".." components and without a slash at either end. "" is the
 * root itself.
 */
export type RootPath = string & { readonly [brand]: "RootPath" };

export const ROOT = "" as RootPath;

/** Longest path that is taken (PATH_MAX), and longest component (NAME_MAX), in bytes. */
export const MAX_PATH = 4096;
const MAX_NAME = 255;

/**
 * The path named by bytes from a foreign archive (latin1). "./", doubled and trailing slashes and a leading slash are
 * dropped; a ".." component, a NUL or a path longer than Linux allows is FORMAT_INVALID.
 */
export function pathFromBytes(bytes: string): RootPath {
  if (bytes.includes("\0")) throw invalid(bytes, "it contains a NUL byte");
  const parts = bytes.split("/").filter((part) => part !== "" && part !== ".");
  for (const part of parts) {
    if (part === "..") throw invalid(bytes, 'it has a ".." component');
    if (part.length > MAX_NAME) throw invalid(bytes, `a component is longer than ${MAX_NAME} bytes`);
  }
  const path = parts.join("/");
  if (path.length > MAX_PATH) throw invalid(bytes, `it is longer than ${MAX_PATH} bytes`);
  return path as RootPath;
}

/** The path that a person wrote: as pathFromBytes, from text that stands for UTF-8. */
export function pathFromText(text: string): RootPath {
  return pathFromBytes(bytesOfText(text));
}

/** The path one level below `directory`; `name` is a single component as bytes. */
export function childOf(directory: RootPath, name: string): RootPath {
  return (directory === ROOT ? name : `${directory}/${name}`) as RootPath;
}

/** The directory that holds `path`; the root's is the root. */
export function parentOf(path: RootPath): RootPath {
  const slash = path.lastIndexOf("/");
  return (slash < 0 ? "" : path.slice(0, slash)) as RootPath;
}

/** The last component of `path`, as bytes; "" for the root. */
export function nameOf(path: RootPath): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Components from the root down. */
export function componentsOf(path: RootPath): readonly string[] {
  return path === ROOT ? [] : path.split("/");
}

/** For people: absolute, bytes read as UTF-8. */
export function displayPath(path: RootPath): string {
  return `/${textOfBytes(path)}`;
}

/** Bytes (latin1) of a text in UTF-8. */
export function bytesOfText(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** A text from bytes (latin1) that hold UTF-8. */
export function textOfBytes(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** Byte order, for sorting. */
export function comparePaths(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function invalid(bytes: string, why: string): DistillError {
  return new DistillError(
    "FORMAT_INVALID",
    `path ${JSON.stringify(textOfBytes(bytes.slice(0, 200)))} is refused: ${why}`,
  );
}
