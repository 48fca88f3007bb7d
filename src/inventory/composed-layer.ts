import { type Digest, digestOf } from "../lib/digest.ts";
import type { Change } from "../rootfs/diff.ts";
import type { Node } from "../rootfs/node.ts";
import { comparePaths, type RootPath } from "../rootfs/path.ts";
import type { Store } from "../store/store.ts";

/** Changes whenever notes are written otherwise. */
const FORM = 2;

/** What only the composer of a layer knows of its files; plain JSON. */
export type ComposedLayer = Readonly<{
  /** Files that no package has: which piece of the composition wrote them. */
  pieces: readonly Readonly<{ piece: string; files: readonly RootPath[] }>[];
  /** Files of packages that their checksums do not list (settings, links), by package URL. */
  unlisted: readonly Readonly<{ purl: string; files: readonly RootPath[] }>[];
}>;

/** Remembers whose the files of a composed layer are, as long as the layer is there. */
export function rememberComposedLayer(store: Store, diffID: Digest, changes: Iterable<Change>): void {
  const pieces = new Map<string, RootPath[]>();
  const unlisted = new Map<string, RootPath[]>();
  for (const { path, node } of changes) {
    if (node === undefined || node.type === "directory") continue;
    const { owner } = node.attributes;
    if (owner.kind === "composed") push(pieces, owner.piece, path);
    else if (owner.kind === "package" && isUnlisted(path, node)) push(unlisted, owner.purl, path);
  }
  const notes: ComposedLayer = {
    pieces: sorted(pieces).map(([piece, files]) => ({ piece, files })),
    unlisted: sorted(unlisted).map(([purl, files]) => ({ purl, files })),
  };
  store.rememberStep(keyOf(diffID), notes, [diffID]);
}

/** What was remembered of a layer; undefined where it was not composed here. */
export function recallComposedLayer(store: Store, diffID: Digest): ComposedLayer | undefined {
  return store.recallStep(keyOf(diffID)) as ComposedLayer | undefined;
}

/** dpkg's checksums leave out links, and what administrators may change, which Debian has in /etc (Policy 10.7.2). */
function isUnlisted(path: RootPath, node: Node): boolean {
  return node.type !== "file" || path.startsWith("etc/");
}

function push(into: Map<string, RootPath[]>, key: string, path: RootPath): void {
  const known = into.get(key);
  if (known === undefined) into.set(key, [path]);
  else known.push(path);
}

function sorted(map: ReadonlyMap<string, RootPath[]>): readonly (readonly [string, readonly RootPath[]])[] {
  return [...map].sort(([a], [b]) => comparePaths(a, b));
}

function keyOf(diffID: Digest): string {
  return digestOf(JSON.stringify(["composed layer", FORM, diffID]));
}
