import { rawConfigOf } from "../image/content.ts";
import { type Inspection, inspect } from "../image/inspection.ts";
import { parsePlatform } from "../image/platform.ts";
import { selectImage } from "../image/select.ts";
import { openContent } from "./open-content.ts";
import type { RegistryAccess } from "./registry-access.ts";

export interface InspectOptions extends RegistryAccess {
  /** One platform of an index; without it, an index is shown as such. */
  readonly platform: string | undefined;
}

/** What is known of an image, and the name that it was asked by. */
export interface NamedInspection {
  readonly name: string;
  readonly inspection: Inspection;
}

/** What the images of these names say of themselves; errors as openContent, and NO_SUCH_IMAGE for another platform. */
export async function inspectImages(
  names: readonly string[],
  options: InspectOptions,
): Promise<readonly NamedInspection[]> {
  const wanted = options.platform === undefined ? undefined : parsePlatform(options.platform);
  const found: NamedInspection[] = [];
  for (const name of names) {
    await using opened = await openContent(name, options);
    const content = wanted === undefined ? opened.content : await selectImage(opened.content, wanted);
    found.push({ name, inspection: await inspect(content) });
  }
  return found;
}

/**
 * The bytes of an image's manifest, or of its index where no platform is asked for; or those of the config, then of an
 * index the one for this machine.
 */
export async function documentOf(
  name: string,
  document: "manifest" | "config",
  options: InspectOptions,
): Promise<Uint8Array> {
  const wanted = options.platform === undefined ? undefined : parsePlatform(options.platform);
  await using opened = await openContent(name, options, document === "config" ? "stored" : "packed");
  if (document === "config") return await rawConfigOf(await selectImage(opened.content, wanted));
  return wanted === undefined ? opened.content.raw : (await selectImage(opened.content, wanted)).raw;
}
