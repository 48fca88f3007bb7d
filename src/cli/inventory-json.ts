import type { FileDigests } from "../inventory/documents/subject.ts";
import type { Inventory, InventoryPackage, InventorySummary } from "../inventory/inventory.ts";
import type { LayerStory, StoryMove } from "../inventory/layer-story.ts";
import type { ListedFile } from "../inventory/listed-files.ts";
import { displayPath, type RootPath } from "../rootfs/path.ts";

/** Of the JSON; a field that is new changes nothing, another meaning of one does. */
const JSON_VERSION = 1;

/** What is said of an image beside its inventory. */
export interface InventorySubject {
  readonly name: string;
  readonly imageID: string;
  readonly manifestDigest: string;
  readonly platform: string;
}

/** Files with their digests, where those were asked for. */
export interface DigestedFiles extends Pick<Inventory, "owners" | "packages"> {
  readonly digests: ReadonlyMap<RootPath, FileDigests>;
}

/** The inventory as docs/inventory.md describes it. */
export function inventoryJson(
  { name, imageID, manifestDigest, platform }: InventorySubject,
  inventory: InventorySummary,
  digested: DigestedFiles | undefined,
): unknown {
  const files = digested === undefined ? {} : { files: filesOf(digested) };
  return {
    version: JSON_VERSION,
    ...{ name, imageID, manifestDigest, platform },
    system: systemJson(inventory),
    packages: inventory.packages.map(packageJson),
    layers: inventory.layers.map(({ story, ...layer }) => ({ ...layer, story: storyJson(story) })),
    coverage: inventory.coverage,
    ...files,
    warnings: inventory.warnings,
  };
}

function systemJson({ system }: InventorySummary): unknown {
  if (system === undefined) return null;
  const { id, idLike, versionID, codename, name } = system;
  return { id, idLike, versionID, codename, name };
}

function packageJson(each: InventoryPackage): unknown {
  const { facts, purl, locations, carriedFrom, fileCount, bytes, parts, dependsOn, missing, modified } = each;
  const { type, name, version, architecture, source, licenses, dependencies, provides } = facts;
  return {
    purl,
    // In this order whether they come from the store or were just read: of what is kept, what is undefined has no place.
    ...{ type, name, version, architecture, source: source ?? null, licenses, dependencies },
    ...(provides === undefined ? {} : { provides }),
    locations: locations.map(({ record, layer, inside }) => ({
      path: displayPath(record),
      layer,
      inside: inside ?? null,
    })),
    copiedFrom: carriedFrom ?? null,
    files: fileCount,
    bytes,
    parts: parts.map((part) => part.purl),
    dependsOn,
    missing,
    modified: modified.map(displayPath),
  };
}

function storyJson({ moves, recognised, composed: _, ...story }: LayerStory): unknown {
  const known = recognised === undefined ? {} : { recognised: recognised.map(carriedJson) };
  return { ...story, moves: moves.map(carriedJson), ...known };
}

function carriedJson<Of extends Pick<StoryMove, "packages">>({ packages, ...move }: Of): unknown {
  return { ...move, packages: packages.map(({ purl, files }) => ({ purl, files: files.map(displayPath) })) };
}

function filesOf({ owners, packages, digests }: DigestedFiles): readonly unknown[] {
  return [...digests].map(([path, { sha256 }]) => {
    const owner = owners.get(path);
    const of = owner?.kind === "package" ? { package: packages[owner.package]?.purl } : { layer: owner?.layer };
    return { path: displayPath(path), digest: `sha256:${sha256}`, owner: owner?.kind, ...of };
  });
}

/** Listed files, largest first. */
export function listedFilesJson(files: readonly ListedFile[], { packages, layers }: Inventory): unknown {
  return {
    version: JSON_VERSION,
    files: files.map(({ path, bytes, layer, owner }) => ({
      path: displayPath(path),
      bytes,
      layer,
      step: layers[layer]?.story.text ?? null,
      line: layers[layer]?.story.line ?? null,
      owner: owner?.kind ?? null,
      package: owner?.kind === "package" ? (packages[owner.package]?.purl ?? null) : null,
      from: owner?.kind === "app" ? owner.from : owner?.kind === "step" ? (owner.move?.from ?? null) : null,
    })),
  };
}
