import { childOf, nameOf, parentOf, type RootPath } from "./path.ts";

/** Marks a file name in a layer as the removal of the name behind the prefix (image-spec, layer.md, "Whiteouts"). */
const PREFIX = ".wh.";

/** Removes everything that lower layers have in the directory that holds it. */
const OPAQUE = ".wh..wh..opq";

/** What the name of a layer's entry says beyond itself. */
export type WhiteoutMeaning =
  | { readonly kind: "none" }
  | { readonly kind: "removes"; readonly path: RootPath }
  | { readonly kind: "opaque"; readonly directory: RootPath };

/** The name under which a layer tells that `path` is gone. */
export function whiteoutOf(path: RootPath): RootPath {
  return childOf(parentOf(path), PREFIX + nameOf(path));
}

/** Reads an entry's name. `.wh..wh.` names other than the opaque marker are bookkeeping of AUFS: they remove nothing. */
export function whiteoutMeaning(path: RootPath): WhiteoutMeaning {
  const name = nameOf(path);
  if (name === OPAQUE) return { kind: "opaque", directory: parentOf(path) };
  if (!name.startsWith(PREFIX) || name.startsWith(PREFIX + PREFIX) || name === PREFIX) return { kind: "none" };
  return { kind: "removes", path: childOf(parentOf(path), name.slice(PREFIX.length)) };
}
