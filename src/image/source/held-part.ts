import type { Digest } from "../../lib/digest.ts";
import { type Content, type IndexContent, ifHeld } from "../content.ts";
import type { Descriptor } from "../descriptor.ts";
import type { Platform } from "../platform.ts";
import { refuseExcess, selectImage } from "../select.ts";

/** What can be taken out of an archive of some content. */
export interface HeldPart {
  /** The content itself, or where it is an index that is not whole, its image for a platform. */
  readonly content: Content;
  readonly partial: boolean;
  /** Digests of the configs that are held anywhere below. */
  readonly imageIDs: ReadonlySet<Digest>;
  /** Bytes of the manifests and configs below. */
  readonly bytes: number;
}

/**
 * Content as far as its source holds it: engines save the index of an image, and of its platforms those that they have.
 * NO_SUCH_IMAGE where nothing is left, or several platforms of which none is `platform` (by default this machine's).
 */
export async function heldPart(content: Content, platform: Platform | undefined): Promise<HeldPart> {
  const imageIDs = new Set<Digest>();
  const seen = new Set<string>();
  let bytes = 0;
  let missing = 0;
  const visit = async (each: Content, depth: number): Promise<Content> => {
    bytes += each.raw.length;
    if (each.kind === "manifest") {
      imageIDs.add(each.manifest.config.digest);
      bytes += each.manifest.config.size;
      return each;
    }
    const held = new Map<string, Content>();
    const manifests: Descriptor[] = [];
    for (const entry of each.index.manifests) {
      if (seen.has(entry.digest)) continue;
      seen.add(entry.digest);
      refuseExcess(depth, seen.size);
      const child = await ifHeld(each.child(entry));
      if (child === undefined) missing++;
      else {
        held.set(entry.digest, await visit(child, depth + 1));
        manifests.push(entry);
      }
    }
    const child: IndexContent["child"] = async (entry) => held.get(entry.digest) ?? each.child(entry);
    return { ...each, index: { ...each.index, manifests }, child };
  };
  const pruned = await visit(content, 1);
  if (missing === 0) return { content, partial: false, imageIDs, bytes };
  return { content: await selectImage(pruned, platform), partial: true, imageIDs, bytes };
}
