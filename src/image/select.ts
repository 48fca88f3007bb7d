import { DistillError } from "../lib/errors.ts";
import { platformOf } from "./config.ts";
import { type Content, configOf, type IndexContent, isImage, type ManifestContent } from "./content.ts";
import type { Descriptor } from "./descriptor.ts";
import { isIndexType } from "./media-types.ts";
import { formatPlatform, hostPlatform, type Platform, samePlatform } from "./platform.ts";

/** An image of an index, with what it runs on. */
export interface PlatformImage {
  readonly platform: Platform;
  readonly descriptor: Descriptor;
  open(): Promise<ManifestContent>;
}

/** Deeper than any index that is written on purpose. */
const MAX_DEPTH = 4;
const MAX_ENTRIES = 1000;

/**
 * The images of an index, those of indexes inside it too, in their order. Attestations and other artifacts are left
 * out. An entry without a platform is asked for its config's. LIMIT_EXCEEDED beyond 4 levels or 1000 entries.
 */
export async function platformImages(index: IndexContent): Promise<readonly PlatformImage[]> {
  const images: PlatformImage[] = [];
  const seen = new Set<string>();
  const visit = async ({ index: { manifests }, child }: IndexContent, depth: number): Promise<void> => {
    for (const entry of manifests) {
      if (seen.has(entry.digest)) continue;
      seen.add(entry.digest);
      refuseExcess(depth, seen.size);
      if (entry.platform !== undefined && !isIndexEntry(entry)) {
        if (entry.platform.os === "unknown") continue;
        const open = async () => asManifest(await child(entry));
        images.push({ platform: entry.platform, descriptor: entry, open });
        continue;
      }
      const content = await child(entry);
      if (content.kind === "index") await visit(content, depth + 1);
      else if (isImage(content.manifest)) {
        const platform = platformOf(await configOf(content));
        images.push({ platform, descriptor: entry, open: async () => content });
      }
    }
  };
  await visit(index, 1);
  return images;
}

/**
 * The one image that is meant: the content itself, or that of the index for `wanted`; without `wanted` for this
 * machine, or else the only one that there is. NO_SUCH_IMAGE, with the list, where there is none.
 */
export async function selectImage(content: Content, wanted: Platform | undefined): Promise<ManifestContent> {
  if (content.kind === "manifest") {
    if (wanted !== undefined) await refuseOther(content, wanted);
    return content;
  }
  const images = await platformImages(content);
  const exact = images.find(({ platform }) => samePlatform(platform, wanted ?? hostPlatform()));
  const found = exact ?? (wanted === undefined && images.length === 1 ? images[0] : undefined);
  if (found !== undefined) return found.open();
  const list = images.map(({ platform }) => formatPlatform(platform)).join(", ");
  throw new DistillError("NO_SUCH_IMAGE", `there is no image for ${formatPlatform(wanted ?? hostPlatform())}`, {
    hint: list === "" ? "the index names no image at all" : `choose with --platform one of: ${list}`,
  });
}

/** Every content of a tree, children before what names them, each once; bounded as `platformImages`. */
export async function* walkContent(root: Content): AsyncGenerator<Content> {
  const seen = new Set<string>();
  const visit = async function* (content: Content, depth: number): AsyncGenerator<Content> {
    if (content.kind === "index") {
      // Before any of them is fetched.
      refuseExcess(depth, content.index.manifests.length);
      for (const entry of content.index.manifests) {
        if (seen.has(entry.digest)) continue;
        seen.add(entry.digest);
        refuseExcess(depth, seen.size);
        yield* visit(await content.child(entry), depth + 1);
      }
    }
    yield content;
  };
  yield* visit(root, 1);
}

function asManifest(content: Content): ManifestContent {
  if (content.kind === "manifest") return content;
  throw new DistillError("FORMAT_INVALID", `${content.descriptor.digest} is an index, where an image is named`);
}

function isIndexEntry({ mediaType }: Descriptor): boolean {
  return isIndexType(mediaType);
}

async function refuseOther(content: ManifestContent, wanted: Platform): Promise<void> {
  const platform = platformOf(await configOf(content));
  if (samePlatform(platform, wanted)) return;
  throw new DistillError(
    "NO_SUCH_IMAGE",
    `the image is for ${formatPlatform(platform)}, not for ${formatPlatform(wanted)}`,
    { hint: "leave --platform out to take it as it is" },
  );
}

/** LIMIT_EXCEEDED beyond 4 levels of indexes or 1000 entries of them. */
export function refuseExcess(depth: number, entries: number): void {
  if (depth <= MAX_DEPTH && entries <= MAX_ENTRIES) return;
  const limit = depth > MAX_DEPTH ? `${MAX_DEPTH} levels` : `${MAX_ENTRIES} entries`;
  throw new DistillError("LIMIT_EXCEEDED", `the image index has more than ${limit}`);
}
