import { type ArchiveFlavour, archiveOfAll, type NamedContent } from "../image/archive-sink.ts";
import { changeOf, imageForDocker } from "../image/destination.ts";
import { parsePlatform } from "../image/platform.ts";
import type { Reference } from "../image/reference.ts";
import { selectImage } from "../image/select.ts";
import { untilCancelled } from "../lib/cancel.ts";
import { withProgress } from "./blob-progress.ts";
import { openContent } from "./open-content.ts";
import type { RegistryAccess } from "./registry-access.ts";

export interface SaveOptions extends RegistryAccess {
  readonly format: "docker-archive" | "oci-archive";
  /** One platform of an index. Without it an oci-archive holds the index, a docker-archive the image for this machine. */
  readonly platform: string | undefined;
}

/**
 * Writes images into one archive, which `write` takes as a stream: packed as they are, under the names by which they
 * were asked for. A docker-archive is an OCI layout too. Errors as openContent and imageForDocker.
 */
export async function saveImages(
  names: readonly string[],
  options: SaveOptions,
  write: (bytes: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const { format, progress, signal } = options;
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform);
  await using opened = new AsyncDisposableStack();
  const images = new Map<string, NamedContent & { readonly names: { readonly names: readonly Reference[] } }>();
  for (const name of names) {
    const { content: given, reference } = opened.use(await openContent(name, options));
    const image = format === "docker-archive" ? await imageForDocker(given, platform) : undefined;
    const changed = image && changeOf(given, image);
    if (changed !== undefined) progress.info(`${name}: ${changed}`);
    const content = image ?? (platform === undefined ? given : await selectImage(given, platform));
    const { digest } = content.descriptor;
    const known = images.get(digest);
    const all = [...(known?.names.names ?? []), ...(reference === undefined ? [] : [reference])];
    images.set(digest, { content: known?.content ?? withProgress(content, progress), names: { names: all } });
  }
  const flavour: ArchiveFlavour = format === "docker-archive" ? "docker" : "oci";
  await write(untilCancelled(archiveOfAll([...images.values()], flavour), signal));
}
