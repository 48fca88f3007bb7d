import type { ImageFacts, LayerFacts } from "../compare/image-facts.ts";
import type { Vulnerabilities } from "../compare/vulnerabilities.ts";
import { gzip } from "../formats/gzip/write.ts";
import { platformOf } from "../image/config.ts";
import { configOf, type ManifestContent } from "../image/content.ts";
import { pairHistory } from "../image/history.ts";
import { layerCompression } from "../image/media-types.ts";
import { formatPlatform } from "../image/platform.ts";
import type { InventorySummary } from "../inventory/inventory.ts";
import { attackSurface } from "../inventory/surface/attack-surface.ts";
import { untilCancelled } from "../lib/cancel.ts";
import type { Digest } from "../lib/digest.ts";
import type { Inode } from "../rootfs/node.ts";
import type { Tree } from "../rootfs/tree.ts";
import type { ImageRoot, RootLayer } from "./image-roots.ts";

/** Warnings of one image that are kept; hostile images have no end of them. */
const MAX_WARNINGS = 100;

/** Looks into an image whose layers were read: all that is compared of it, with what a scan said of it. */
export async function factsOf(
  { name, content, tree: treeOf, layers }: ImageRoot,
  summary: InventorySummary,
  vulnerabilities: Vulnerabilities,
  signal: AbortSignal | undefined,
): Promise<ImageFacts> {
  const config = await configOf(content);
  const tree = await treeOf();
  const warnings = [...summary.warnings];
  const warn = (text: string): void => {
    if (warnings.length < MAX_WARNINGS) warnings.push(text);
  };
  const steps = stepsOf(layers.length, config.history ?? []);
  const compressed = await compressedSizes(content, layers, signal);
  const uncompressed = await Promise.all(layers.map(({ size }) => size()));
  const measured = layers.map(
    ({ diffID }, index): LayerFacts => ({
      diffID,
      step: steps.get(index) ?? null,
      compressed: compressed.sizes[index] ?? 0,
      uncompressed: uncompressed[index] ?? 0,
    }),
  );
  return {
    name,
    imageID: content.manifest.config.digest,
    platform: formatPlatform(platformOf(config)),
    sizes: {
      compressed: sumOf(measured.map((layer) => layer.compressed)),
      uncompressed: sumOf(measured.map((layer) => layer.uncompressed)),
    },
    compressedHere: compressed.here,
    layers: measured,
    packages: summary.packages.map(({ facts: { type, name, version, architecture }, bytes }) => ({
      ...{ kind: type, name, version, architecture, bytes },
    })),
    coverage: summary.coverage,
    deadBytes: sumOf(summary.layers.map(({ deadBytes }) => deadBytes)),
    files: countFiles(tree),
    surface: await attackSurface(tree, config.config ?? {}, warn),
    vulnerabilities,
    warnings,
  };
}

function stepsOf(layers: number, history: Parameters<typeof pairHistory>[1]): ReadonlyMap<number, string> {
  const steps = new Map<number, string>();
  for (const { layer, entry } of pairHistory(layers, history)) {
    const step = entry?.created_by || entry?.comment;
    if (layer !== undefined && step) steps.set(layer, step);
  }
  return steps;
}

/**
 * The sizes of the layers as they are packed. Archives of docker's hold them unpacked: what gzip makes of those is counted
 * then, so that they can be compared with images that are packed.
 */
async function compressedSizes(
  { manifest }: ManifestContent,
  layers: readonly RootLayer[],
  signal: AbortSignal | undefined,
): Promise<{ readonly sizes: readonly number[]; readonly here: boolean }> {
  const known = new Map<Digest, number>();
  const sizes: number[] = [];
  let here = false;
  for (const [index, { diffID, bytes }] of layers.entries()) {
    const packed = manifest.layers[index];
    if (packed !== undefined && layerCompression(packed.mediaType) !== "none") {
      sizes.push(packed.size);
      continue;
    }
    here = true;
    const size = known.get(diffID) ?? (await gzippedSize(bytes(), signal));
    known.set(diffID, size);
    sizes.push(size);
  }
  return { sizes, here };
}

async function gzippedSize(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<number> {
  let size = 0;
  for await (const chunk of gzip(untilCancelled(bytes, signal))) size += chunk.length;
  return size;
}

function countFiles(tree: Tree): ImageFacts["files"] {
  const linked = new Set<Inode>();
  let count = 0;
  let bytes = 0;
  for (const [, node] of tree.entries()) {
    if (node.type === "directory") continue;
    count++;
    if (node.type !== "file" || (node.inode !== undefined && linked.has(node.inode))) continue;
    if (node.inode !== undefined) linked.add(node.inode);
    bytes += node.content.size;
  }
  return { count, bytes };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
