import type { Cataloger, LayerFile, LayerView } from "../../src/inventory/cataloger.ts";
import type { Claim } from "../../src/inventory/claim.ts";
import { bytesContent } from "../../src/rootfs/content.ts";
import { comparePaths, pathFromBytes } from "../../src/rootfs/path.ts";

/** Files of a layer by path (latin1). A text stands for its UTF-8; the mode is 0644 where none is given. */
export type LayerEntries = Readonly<
  Record<string, string | Uint8Array | { readonly bytes: string | Uint8Array; readonly mode: number }>
>;

/** A layer of these files. */
export function layerOf(entries: LayerEntries): LayerView & { readonly files: readonly LayerFile[] } {
  const files = Object.entries(entries).map(([name, value]): LayerFile => {
    const { bytes, mode } =
      typeof value === "string" || value instanceof Uint8Array ? { bytes: value, mode: 0o644 } : value;
    return {
      path: pathFromBytes(name),
      mode,
      content: bytesContent(typeof bytes === "string" ? Buffer.from(bytes, "utf8") : bytes),
    };
  });
  const byPath = new Map(files.map((file) => [file.path, file]));
  return { files: files.sort((a, b) => comparePaths(a.path, b.path)), file: (path) => byPath.get(path) };
}

/** What a cataloger makes of these files, in the order of their paths. */
export async function claimsOf(
  cataloger: Cataloger,
  entries: LayerEntries,
): Promise<{ readonly claims: readonly Claim[]; readonly warnings: readonly string[] }> {
  const layer = layerOf(entries);
  const claims: Claim[] = [];
  const warnings: string[] = [];
  for (const file of layer.files) {
    if (cataloger.wants(file)) claims.push(...(await cataloger.read(file, layer, (text) => warnings.push(text))));
  }
  return { claims, warnings };
}
