import { withInventory } from "../app/look-into.ts";
import { sizesByOwner, sizesByPath } from "../inventory/size-tree.ts";
import type { Progress } from "../lib/progress.ts";
import { sizeTreeText } from "../ui/size-tree.ts";

interface TreeOptions {
  readonly platform: string | undefined;
  readonly tlsVerify: boolean | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

/** What takes how much of an image, in the form that was asked for. */
export async function sizeTreeShown(
  name: string,
  { by, depth }: { readonly by: "path" | "package"; readonly depth: number },
  format: "text" | "json",
  options: TreeOptions,
): Promise<string> {
  return await withInventory(name, { ...options, offline: false }, async (image) => {
    const tree = await image.tree();
    const sizes = by === "path" ? sizesByPath(tree, depth) : sizesByOwner(tree, await image.inventory(), depth);
    return format === "json" ? `${JSON.stringify(sizes, null, 2)}\n` : sizeTreeText(sizes);
  });
}
