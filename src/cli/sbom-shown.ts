import { fileDigests } from "../app/file-digests.ts";
import type { LookedInto } from "../app/look-into.ts";
import type { OwnerKind } from "../inventory/inventory.ts";
import { deadFiles, filesOf } from "../inventory/listed-files.ts";
import { inventoryText } from "../ui/inventory.ts";
import { listedFilesText } from "../ui/listed-files.ts";
import { inventoryJson, listedFilesJson } from "./inventory-json.ts";

interface SbomWishes {
  readonly format: "table" | "json" | "cyclonedx" | "spdx";
  readonly list: OwnerKind | "dead" | undefined;
  readonly digests: boolean;
}

/** An inventory in the form that was asked for. */
export async function sbomShown(
  image: LookedInto,
  { format, list, digests }: SbomWishes,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { name, platform, summary } = image;
  if (list !== undefined) {
    const [tree, inventory] = [await image.tree(), await image.inventory()];
    const files = list === "dead" ? await deadFiles(tree, image.layers) : filesOf(tree, inventory, list);
    if (format !== "table") return json(listedFilesJson(files, inventory));
    return listedFilesText(files, inventory);
  }
  if (format === "table") return inventoryText(name, platform, summary);
  if (!digests) return json(inventoryJson(image, summary, undefined));
  const files = { digests: await fileDigests(await image.tree(), signal), ...(await image.inventory()) };
  return json(inventoryJson(image, summary, files));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
