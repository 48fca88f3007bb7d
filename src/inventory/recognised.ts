import { nameOf, type RootPath } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import type { FileOwner } from "./file-owners.ts";
import { findPackages } from "./find-packages.ts";
import type { CarriedPackage } from "./layer-story.ts";
import { md5Of } from "./md5.ts";
import type { PackageFacts } from "./package.ts";
import type { StandingClaim } from "./standing.ts";

interface Known {
  readonly facts: PackageFacts;
  readonly purl: string;
}

/** Files that packages of other images have, by the checksums that their records list. */
export class KnownFiles {
  /** Undefined for what several packages have: that tells none of them. */
  readonly #byMd5 = new Map<string, Known | undefined>();
  readonly #names = new Set<string>();

  /** Learns the files of an image's packages. */
  learn(claims: readonly StandingClaim[], tree: Tree): void {
    for (const { facts, purl, md5 } of findPackages(claims, [], tree).packages) {
      for (const [path, digest] of md5) {
        const known = this.#byMd5.get(digest);
        if (known?.purl !== purl) this.#byMd5.set(digest, this.#byMd5.has(digest) ? undefined : { facts, purl });
        this.#names.add(nameOf(path as RootPath));
      }
    }
  }

  /**
   * The packages of which files of `tree` are byte for byte, by the number of the layer; asked of files that no package owns, whose
   * name is that of a known one, and that are not empty. What several packages have is nobody's.
   */
  async recognise(
    tree: Tree,
    owners: ReadonlyMap<RootPath, FileOwner>,
  ): Promise<ReadonlyMap<number, readonly CarriedPackage[]>> {
    const found = new Map<number, Map<string, { known: Known; files: RootPath[] }>>();
    for (const [path, node] of tree.entries()) {
      const owner = owners.get(path);
      if (node.type !== "file" || owner === undefined || owner.kind === "package") continue;
      if (node.content.size === 0 || !this.#names.has(nameOf(path))) continue;
      const known = this.#byMd5.get(await md5Of(node.content));
      if (known === undefined) continue;
      const layer = found.get(owner.layer) ?? new Map<string, { known: Known; files: RootPath[] }>();
      const entry = layer.get(known.purl) ?? { known, files: [] };
      entry.files.push(path);
      layer.set(known.purl, entry);
      found.set(owner.layer, layer);
    }
    return new Map(
      [...found].map(([layer, packages]) => [
        layer,
        [...packages.values()].map(({ known, files }) => ({ package: known.facts, purl: known.purl, files })),
      ]),
    );
  }
}
