import type { BinaryPackage } from "../../debian/package/package.ts";
import { satisfies } from "../../debian/package/relation.ts";
import { DistillError } from "../../lib/errors.ts";
import type { Node } from "../../rootfs/node.ts";
import { displayPath, type RootPath } from "../../rootfs/path.ts";

/** An entry of a package whose path is taken. `...IsDirectory`: with links followed. */
export interface Collision {
  readonly path: RootPath;
  readonly present: Node;
  readonly presentIsDirectory: boolean;
  /** Who brought what is there; undefined where distill made it. */
  readonly owner: BinaryPackage | undefined;
  readonly arriving: Node;
  readonly arrivingIsDirectory: boolean;
  readonly from: BinaryPackage;
}

/**
 * Whether the entry takes the place of what is there, as dpkg decides it. Where a directory is, or a link to one,
 * another stays out (Debian Policy 6.6.4). A file of another package is replaced only where one of the two says so with
 * Replaces (7.6.1), whichever came first. Of two entries in one package the later one counts, and what distill made
 * gives way. Anything else is FILE_CONFLICT, and so is a file where a directory is or the other way round.
 */
export function takesPlace(collision: Collision): boolean {
  const { present, presentIsDirectory, owner, arriving, arrivingIsDirectory, from } = collision;
  if (presentIsDirectory !== arrivingIsDirectory && (presentIsDirectory || arriving.type === "directory")) {
    throw clash(collision);
  }
  if (presentIsDirectory && (owner === undefined || present.type === "directory" || arriving.type === "directory")) {
    return false;
  }
  if (arriving.type === "symlink" && present.type === "symlink" && arriving.target === present.target) return false;
  if (owner === undefined || owner === from || replaces(from, owner)) return true;
  if (replaces(owner, from)) return false;
  throw new DistillError("FILE_CONFLICT", `${displayPath(collision.path)} is also in ${owner.name} ${owner.version}`, {
    hint: "choose one of the packages: neither says that it replaces the other, and files that scripts would divert (dpkg-divert) are not",
  });
}

function clash({ path, present, owner, arriving }: Collision): DistillError {
  const there = owner === undefined ? "the image" : `${owner.name} ${owner.version}`;
  return new DistillError(
    "FILE_CONFLICT",
    `${displayPath(path)} is a ${arriving.type} here and a ${present.type} in ${there}`,
    { hint: "choose one of the packages" },
  );
}

function replaces(a: BinaryPackage, b: BinaryPackage): boolean {
  return a.replaces.some((clause) =>
    clause.some(({ name, constraint }) => name === b.name && satisfies(b.version, constraint)),
  );
}
