import { throwIfCancelled } from "../lib/cancel.ts";
import type { LayerSource } from "../rootfs/layer-reader.ts";
import { displayPath, pathFromBytes, type RootPath } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import { whiteoutMeaning } from "../rootfs/whiteout.ts";
import type { Cataloger, LayerFile, LayerView } from "./cataloger.ts";
import type { LayerEvidence, LayerRecord } from "./evidence.ts";
import type { Warn } from "./warn.ts";

/** Warnings of one layer that are kept; hostile layers have no end of them. */
const MAX_WARNINGS = 200;

/** Claims of one layer: as many packages and files as no image has. */
const MAX_RECORDS = 500_000;

/** Characters of these as JSON, together: a text, as which they are kept, can have no more than twice as many. */
const MAX_TEXT = 256 * 1024 * 1024;

/** Asks the catalogers about each file of a layer. Contents are read where a cataloger wants them, and there only. */
export async function gatherLayer(
  layer: LayerSource,
  catalogers: readonly Cataloger[],
  signal?: AbortSignal,
): Promise<LayerEvidence> {
  const files = new Map<RootPath, LayerFile>();
  let bytes = 0;
  for await (const { header, offset } of layer.members()) {
    if (whiteoutMeaning(header.path).kind !== "none") continue;
    const path = pathFromBytes(header.path);
    if (header.type === "file") {
      files.set(path, { path, mode: header.mode, content: layer.range(offset, header.size) });
      bytes += header.size;
    } else if (header.type === "hardlink") {
      // One of the names may be removed later.
      const first = files.get(pathFromBytes(header.linkname));
      if (first !== undefined) files.set(path, { ...first, path });
    } else {
      files.delete(path);
    }
  }
  const found = await gather(files.values(), { file: (path) => files.get(path) }, catalogers, signal);
  return { ...found, files: files.size, bytes };
}

/** Asks the catalogers about the files of a tree, as if it were one layer; `maxText`: characters of their claims as JSON. */
export async function gatherTree(
  tree: Tree,
  catalogers: readonly Cataloger[],
  signal?: AbortSignal,
  maxText = MAX_TEXT,
): Promise<readonly LayerRecord[]> {
  const file = (path: RootPath): LayerFile | undefined => {
    const node = tree.get(path);
    return node?.type === "file" ? { path, mode: node.attributes.mode, content: node.content } : undefined;
  };
  const files = (function* (): Generator<LayerFile> {
    for (const [path, node] of tree.entries()) {
      if (node.type === "file") yield { path, mode: node.attributes.mode, content: node.content };
    }
  })();
  return (await gather(files, { file }, catalogers, signal, maxText)).records;
}

async function gather(
  files: Iterable<LayerFile>,
  view: LayerView,
  catalogers: readonly Cataloger[],
  signal: AbortSignal | undefined,
  maxText = MAX_TEXT,
): Promise<Pick<LayerEvidence, "records" | "warnings">> {
  const records: LayerRecord[] = [];
  const warnings: string[] = [];
  let length = 0;
  const warn: Warn = (text) => {
    if (warnings.length < MAX_WARNINGS) warnings.push(text);
  };
  // Told however much was told before.
  const ended = (at: LayerFile, why: string): Pick<LayerEvidence, "records" | "warnings"> => {
    return { records, warnings: [...warnings, `${displayPath(at.path)} and what follows is not looked at: ${why}`] };
  };
  for (const file of files) {
    for (const cataloger of catalogers) {
      if (!cataloger.wants(file)) continue;
      throwIfCancelled(signal);
      if (records.length >= MAX_RECORDS) return ended(file, `more than ${MAX_RECORDS} records`);
      const claims = await cataloger.read(file, view, warn);
      if (claims.length === 0) continue;
      length += JSON.stringify(claims).length;
      if (length > maxText) return ended(file, `records of more than ${maxText} characters`);
      records.push({ path: file.path, cataloger: cataloger.name, claims });
    }
  }
  return { records, warnings };
}
