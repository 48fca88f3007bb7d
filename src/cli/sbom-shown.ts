import { fileDigests } from "../app/file-digests.ts";
import type { LookedInto } from "../app/look-into.ts";
import { parsePlatform } from "../image/platform.ts";
import { deadFiles, filesOf } from "../inventory/listed-files.ts";
import { sourceDateEpoch } from "../lib/source-date-epoch.ts";
import { inventoryText } from "../ui/inventory.ts";
import { listedFilesText } from "../ui/listed-files.ts";
import { inventoryJson, listedFilesJson } from "./inventory-json.ts";
import type { SbomWishes } from "./sbom-wishes.ts";
import { VERSION } from "./version.ts";

/** An inventory in the form that was asked for; see refuseContrary for what cannot be. */
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
  const digested = digests
    ? { digests: await fileDigests(await image.tree(), signal), ...(await image.inventory()) }
    : undefined;
  if (format === "json") return json(inventoryJson(image, summary, digested));
  const { inventoryDocument } = await import("../inventory/documents/write-document.ts");
  return await inventoryDocument(format, {
    inventory: digested ?? summary,
    image: { ...image, platform: parsePlatform(platform), created: createdAt(image) },
    version: VERSION,
    ...(digested === undefined ? {} : { files: digested.digests }),
  });
}

/** No clock is asked: the same image gives the same document. */
function createdAt({ created }: LookedInto): string | undefined {
  return process.env.SOURCE_DATE_EPOCH ? new Date(sourceDateEpoch() * 1000).toISOString() : created;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
