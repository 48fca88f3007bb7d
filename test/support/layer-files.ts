import type { Cataloger, LayerFile, LayerView } from "../../src/inventory/cataloger.ts";
import type { Claim } from "../../src/inventory/claim.ts";
import { bytesContent } from "../../src/rootfs/content.ts";
import { pathFromBytes } from "../../src/rootfs/path.ts";

/** Files by path (latin1); text stands for its UTF-8 bytes, and a mode that is not given for 0644. */
export type LayerEntries = Readonly<
  Record<string, string | Uint8Array | { readonly bytes: string | Uint8Array; readonly mode: number }>
>;

/** A layer of these files. */
export function layerOf(entries: LayerEntries): LayerView & { files: LayerFile[] } {
  const files = Object.entries(entries).map(([name, entry]): LayerFile => {
    const { bytes, mode } =
      typeof entry === "string" || entry instanceof Uint8Array ? { bytes: entry, mode: 0o644 } : entry;
    return { path: pathFromBytes(name), mode, content: bytesContent(Buffer.from(bytes as string, "utf8")) };
  });
  const byPath = new Map(files.map((file) => [file.path, file]));
  return { files, file: (path) => byPath.get(path) };
}

/** What a cataloger claims and tells of a layer of these files. */
export async function claimsOf(
  cataloger: Cataloger,
  entries: LayerEntries,
): Promise<{ claims: Claim[]; warnings: string[] }> {
  const layer = layerOf(entries);
  const claims: Claim[] = [];
  const warnings: string[] = [];
  for (const file of layer.files) {
    if (!cataloger.wants(file)) continue;
    claims.push(...(await cataloger.read(file, layer, (text) => warnings.push(text))));
  }
  return { claims, warnings };
}
