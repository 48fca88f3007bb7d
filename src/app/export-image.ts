import { parsePlatform } from "../image/platform.ts";
import { selectImage } from "../image/select.ts";
import { untilCancelled } from "../lib/cancel.ts";
import { wholeTree } from "../rootfs/diff.ts";
import { writeLayer } from "../rootfs/layer-writer.ts";
import { type FlattenOptions, flattenImage } from "./flattened-image.ts";
import { openContent } from "./open-content.ts";
import type { RegistryAccess } from "./registry-access.ts";

export interface ExportOptions extends FlattenOptions, RegistryAccess {
  /** Which platform of an index; this machine's by default. */
  readonly platform: string | undefined;
}

/**
 * Hands `write` the root file system of an image as one tar stream: entries in byte order, as the topmost layer has
 * them, with their own times. The bytes depend on what the layers make together, not on how they are packed or divided.
 * Errors as openContent, selectImage and flattenImage.
 */
export async function exportImage(
  name: string,
  options: ExportOptions,
  write: (bytes: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform);
  await using opened = await openContent(name, options, "stored");
  await using flattened = await flattenImage(await selectImage(opened.content, platform), options);
  await write(untilCancelled(writeLayer(wholeTree(flattened.tree), { timestamp: "keep" }), options.signal));
}
