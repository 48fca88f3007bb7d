import type { RootPath } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import { SYSTEM_CATALOGERS } from "./catalogers/all.ts";
import { FilePlaces } from "./file-places.ts";
import { findPackages } from "./find-packages.ts";
import type { FoundPackage } from "./found-package.ts";
import { gatherTree } from "./gather.ts";

/** The files of a tree that packages of its system list, by where they lie. */
export async function systemPackageFiles(
  tree: Tree,
  signal?: AbortSignal,
): Promise<ReadonlyMap<RootPath, FoundPackage>> {
  const records = await gatherTree(tree, SYSTEM_CATALOGERS, signal);
  const claims = records.flatMap(({ path, claims }) => claims.map((claim) => ({ record: path, layer: 0, claim })));
  const owners = new Map<RootPath, FoundPackage>();
  const places = new FilePlaces(tree);
  for (const each of findPackages(claims, [], tree).packages) {
    for (const file of each.files) {
      const found = places.find(file);
      if (found !== undefined && found.node.type !== "directory" && !owners.has(found.path))
        owners.set(found.path, each);
    }
  }
  return owners;
}
