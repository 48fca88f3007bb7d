import { DistillError } from "../lib/errors.ts";
import { childOf, displayPath, nameOf, parentOf, pathFromBytes, type RootPath } from "./path.ts";

/** Marks a file name in a layer as the removal of the name behind the prefix (image-spec, layer.md, "Whiteouts"). */
const PREFIX = ".wh.";

/** Removes everything that lower layers have in the directory that holds it. */
const OPAQUE = ".wh..wh..opq";

/** AUFS's bookkeeping at the root of layers of old (.wh..wh.plnk, .wh..wh.aufs), that nobody unpacks. */
const BOOKKEEPING = ".wh..wh.";

/** What the name of a layer's entry says beyond itself. */
export type WhiteoutMeaning =
  | { readonly kind: "none" }
  | { readonly kind: "removes"; readonly path: RootPath }
  | { readonly kind: "opaque"; readonly directory: RootPath };

/** True for the name of an entry that means something else in a layer than a file of that name. */
export function isMarker(name: string): boolean {
  return name.startsWith(PREFIX);
}

/** True for a name in the root directory that AUFS kept records under: nothing of it belongs to the image. */
export function isBookkeeping(name: string): boolean {
  return name.startsWith(BOOKKEEPING);
}

/** The name under which a layer tells that `path` is gone. */
export function whiteoutOf(path: RootPath): RootPath {
  return childOf(parentOf(path), PREFIX + nameOf(path));
}

/**
 * Reads an entry's name as the archive has it. (A removal's may be longer than a file's can be: it is never unpacked.)
 * FORMAT_INVALID for a removal of ".", ".." or nothing, which some readers take for the directory itself.
 */
export function whiteoutMeaning(bytes: string): WhiteoutMeaning {
  const parts = bytes.split("/").filter((part) => part !== "" && part !== ".");
  const name = parts.at(-1) ?? "";
  const directory = parts.slice(0, -1).join("/");
  if (name === OPAQUE) return { kind: "opaque", directory: pathFromBytes(directory) };
  if (!isMarker(name) || isBookkeeping(parts[0] ?? "")) return { kind: "none" };
  const removed = name.slice(PREFIX.length);
  if (removed === "" || removed === "." || removed === "..") {
    const shown = displayPath(pathFromBytes(bytes));
    throw new DistillError("FORMAT_INVALID", `whiteout ${shown} is refused: it names no file of its directory`);
  }
  return { kind: "removes", path: pathFromBytes(`${directory}/${removed}`) };
}
