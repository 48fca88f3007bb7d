import type { Content } from "../image/content.ts";
import { formatPlatform, type Platform, parsePlatform } from "../image/platform.ts";
import { formatFamiliar } from "../image/reference.ts";
import { selectImage } from "../image/select.ts";
import { archiveFiles, streamedFiles } from "../image/source/archive-files.ts";
import { type ArchivedImage, openArchive } from "../image/source/archive-images.ts";
import { throwIfCancelled } from "../lib/cancel.ts";
import type { Digest } from "../lib/digest.ts";
import { DistillError } from "../lib/errors.ts";
import type { Progress } from "../lib/progress.ts";
import { withProgress } from "./blob-progress.ts";
import { withWorkspace } from "./workspace.ts";

/** Where the archive comes from: a file, or a stream and what messages call it. */
export type LoadInput = string | { readonly stream: AsyncIterable<Uint8Array>; readonly what: string };

export interface LoadOptions {
  /** One platform, of each index; without it an index is loaded whole. */
  readonly platform: string | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

/** What is in the store now. */
export interface LoadedImage {
  /** As people write them; empty where the archive gives none. */
  readonly names: readonly string[];
  readonly digest: Digest;
  readonly mediaType: string;
  /** Null for an index. */
  readonly imageID: Digest | null;
}

/**
 * Takes every image of an archive into the store, as it is packed there, with its names, which move where they stand for
 * other images. Names are set when all images are in the store, so that a failure leaves the old ones. Errors as
 * archiveFiles, openArchive and Store.putContent; NO_SUCH_IMAGE for an archive that holds no image.
 */
export async function loadImages(input: LoadInput, options: LoadOptions): Promise<readonly LoadedImage[]> {
  const { progress, signal } = options;
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform);
  await using files = await (typeof input === "string"
    ? archiveFiles(input, signal)
    : streamedFiles(input.stream, input.what, signal));
  const images = await openArchive(files, platform);
  if (images.length === 0) throw new DistillError("NO_SUCH_IMAGE", `${files.what} holds no image`);
  return await withWorkspace(async ({ store }) => {
    await using lease = store.lease(`load ${files.what}`);
    const loaded: { readonly image: ArchivedImage; readonly content: Content }[] = [];
    for (const image of images) {
      const content = withProgress(await contentFor(image, platform), progress);
      tell(image, content, platform, progress);
      await store.putContent(lease, content, signal);
      loaded.push({ image, content });
    }
    throwIfCancelled(signal);
    for (const { image, content } of loaded) {
      for (const name of image.names) store.tag(name, content.descriptor.digest);
    }
    return loaded.map(({ image, content }) => describe(image, content));
  });
}

function contentFor({ content }: ArchivedImage, platform: Platform | undefined): Content | Promise<Content> {
  return platform === undefined ? content : selectImage(content, platform);
}

/** What a user might not expect of what was in the archive. */
function tell(
  { partial, names, bareTags }: ArchivedImage,
  { descriptor }: Content,
  platform: Platform | undefined,
  progress: Progress,
): void {
  const shown = names[0] === undefined ? descriptor.digest : formatFamiliar(names[0]);
  if (partial) {
    const which = platform === undefined ? "the image that is there" : `the image for ${formatPlatform(platform)}`;
    progress.info(`${shown}: the archive holds a part of its index; ${which} was taken`);
  }
  if (names.length === 0 && bareTags.length > 0) {
    const [tag] = bareTags;
    progress.info(
      `${shown} is called ${bareTags.join(", ")}, which is a tag without a name (distill tag ${shown.slice(0, 19)} NAME:${tag} gives one)`,
    );
  }
}

function describe({ names }: ArchivedImage, content: Content): LoadedImage {
  const { digest, mediaType } = content.descriptor;
  const imageID = content.kind === "manifest" ? content.manifest.config.digest : null;
  return { names: names.map(formatFamiliar), digest, mediaType, imageID };
}
