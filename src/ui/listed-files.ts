import type { Inventory } from "../inventory/inventory.ts";
import type { ListedFile } from "../inventory/listed-files.ts";
import { formatBytes, formatTable } from "./format.ts";
import { ownerText } from "./owner-text.ts";
import { pathText } from "./path-text.ts";

/** Files of an image with their owners, a line each. */
export function listedFilesText(files: readonly ListedFile[], inventory: Inventory): string {
  if (files.length === 0) return "there is no such file\n";
  const rows = files.map((file) => [formatBytes(file.bytes), pathText(file.path), ownerText(file, inventory)]);
  return formatTable(["SIZE", "FILE", "FROM"], rows, [0]);
}
