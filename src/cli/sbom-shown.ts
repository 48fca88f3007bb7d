import { fileDigests } from "../app/file-digests.ts";
import { deadFiles, filesOf } from "../app/listed-files.ts";
import type { LookedInto } from "../app/look-into.ts";
import type { OwnerKind } from "../inventory/inventory.ts";
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
  const { name, platform, inventory, tree } = image;
  if (list !== undefined) {
    const files = list === "dead" ? await deadFiles(image) : filesOf(image, list);
    if (format !== "table") return json(listedFilesJson(files, inventory));
    return listedFilesText(files, inventory);
  }
  if (format === "table") return inventoryText(name, platform, inventory);
  const known = digests ? await fileDigests(tree, signal) : undefined;
  return json(inventoryJson(image, inventory, known));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
