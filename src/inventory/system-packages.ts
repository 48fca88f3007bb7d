import type { RootPath } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import { SYSTEM_CATALOGERS } from "./catalogers/all.ts";
import { FilePlaces } from "./file-places.ts";
import { findPackages } from "./find-packages.ts";
import type { FoundPackage } from "./found-package.ts";
import { gatherTree } from "./gather.ts";

/** A file that a package lists. */
export interface SystemFile {
  readonly package: FoundPackage;
  /** As the package's checksums have it; undefined where they do not list the file. */
  readonly md5: string | undefined;
}

/** The files of a tree that packages of its system list, by where they lie; their contents are not looked at. */
export async function systemPackageFiles(tree: Tree, signal?: AbortSignal): Promise<ReadonlyMap<RootPath, SystemFile>> {
  const records = await gatherTree(tree, SYSTEM_CATALOGERS, signal);
  const claims = records.flatMap(({ path, claims }) => claims.map((claim) => ({ record: path, layer: 0, claim })));
  const owners = new Map<RootPath, SystemFile>();
  const places = new FilePlaces(tree);
  for (const each of findPackages(claims, [], tree).packages) {
    for (const file of each.files) {
      const found = places.find(file);
      if (found !== undefined && found.node.type !== "directory" && !owners.has(found.path))
        owners.set(found.path, { package: each, md5: each.md5.get(file) });
    }
  }
  return owners;
}
