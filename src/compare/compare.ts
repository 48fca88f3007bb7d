import type { Tree } from "../rootfs/tree.ts";
import { compareFiles, type FileChanges } from "./file-changes.ts";
import type { ImageFacts } from "./image-facts.ts";
import { compareOwners, type OwnerChanges } from "./owner-changes.ts";
import { comparePackages, type PackageChanges } from "./package-changes.ts";
import { type SizeChange, sizeChange } from "./size-change.ts";
import { compareSurfaces, type SurfaceChanges } from "./surface-changes.ts";
import { compareVulnerabilities, type VulnerabilityChanges } from "./vulnerability-changes.ts";

/** An image as it is compared: its facts, and its root file system while it can be read. */
export interface ComparedImage {
  readonly facts: ImageFacts;
  readonly tree: Tree;
}

/** What leads from one image to another. */
export interface Difference {
  readonly sizes: { readonly compressed: SizeChange; readonly uncompressed: SizeChange };
  /** Layers that both have, by diffID. */
  readonly sharedLayers: number;
  readonly packages: PackageChanges;
  readonly owners: OwnerChanges;
  readonly files: FileChanges;
  readonly surface: SurfaceChanges;
  readonly vulnerabilities: VulnerabilityChanges;
}

/** Both images and what leads from the first to the second. */
export interface Comparison {
  readonly a: ImageFacts;
  readonly b: ImageFacts;
  readonly difference: Difference;
}

/** Compares two images; depends on nothing but them. */
export async function compareImages(a: ComparedImage, b: ComparedImage, signal?: AbortSignal): Promise<Comparison> {
  const { facts: before } = a;
  const { facts: after } = b;
  const difference: Difference = {
    sizes: {
      compressed: sizeChange(before.sizes.compressed, after.sizes.compressed),
      uncompressed: sizeChange(before.sizes.uncompressed, after.sizes.uncompressed),
    },
    sharedLayers: countShared(before, after),
    packages: comparePackages(before.packages, after.packages),
    owners: compareOwners(before, after),
    files: await compareFiles(a.tree, b.tree, signal),
    surface: compareSurfaces(before.surface, after.surface),
    vulnerabilities: compareVulnerabilities(before.vulnerabilities, after.vulnerabilities),
  };
  return { a: before, b: after, difference };
}

function countShared(a: ImageFacts, b: ImageFacts): number {
  const of = ({ layers }: ImageFacts) => new Set(layers.map(({ diffID }) => diffID));
  return of(a).intersection(of(b)).size;
}
