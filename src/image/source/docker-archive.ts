import { MAGIC_BYTES, packingOf } from "../../formats/packing/packing.ts";
import { type Digest, Digester, digestOf } from "../../lib/digest.ts";
import { DistillError } from "../../lib/errors.ts";
import { decodeConfig } from "../config.ts";
import {
  type Content,
  type IndexContent,
  ifHeld,
  type ManifestContent,
  memoryContentBlob,
  readContent,
} from "../content.ts";
import type { Descriptor } from "../descriptor.ts";
import type { Blob } from "../image.ts";
import { asObject, optionalStrings, requiredString, requiredStrings } from "../json.ts";
import { encodeManifest, type Manifest } from "../manifest.ts";
import { type Compression, MediaType, ociLayerType } from "../media-types.ts";
import { verified } from "../verified.ts";
import { readSmall, type SourceFiles } from "./files.ts";
import { blobReader, type Choice, namesOf, readLayoutIndex } from "./layout-source.ts";
import { canonicalName } from "./names.ts";

/** One image of manifest.json: paths of its config and of its layers, lowest first. */
export interface ListedImage {
  readonly configPath: string;
  readonly layerPaths: readonly string[];
  readonly names: readonly string[];
}

const MAX_LIST = 16 << 20;
const MAX_CONFIG = 8 << 20;
const MAX_IMAGES = 10_000;

/**
 * The image that an archive of `docker save` has under this name, or with this image ID; without either, the only one
 * that it has. `manifest.json` chooses, since every docker reads that. Where the archive is an OCI layout too and that
 * has the same image (the same image ID), its manifest is taken, since it keeps the digest that others know; else a
 * manifest is made. Throws USAGE, NO_SUCH_IMAGE or FORMAT_INVALID, the latter too where both layouts have different
 * images under one name.
 */
export async function openDockerArchive(files: SourceFiles, choice: Choice): Promise<Content> {
  const images = await readList(files);
  const { image, rawConfig } = await choose(files, images, choice);
  const layout = await findInLayout(files, image, digestOf(rawConfig));
  return layout ?? assembleListed(files, image, rawConfig);
}

/** What manifest.json lists. FORMAT_INVALID, UNSUPPORTED (before Docker 1.10) or LIMIT_EXCEEDED. */
export async function readList(files: SourceFiles): Promise<readonly ListedImage[]> {
  const bytes = await readSmall(files, "manifest.json", MAX_LIST);
  if (bytes === undefined) {
    const layout = files.size("index.json") !== undefined;
    const old = files.size("repositories") !== undefined;
    throw new DistillError(old ? "UNSUPPORTED" : "FORMAT_INVALID", `${files.what} has no manifest.json`, {
      hint: layout
        ? `it is an OCI layout: read it as oci-archive:${files.what}`
        : old
          ? "it was written before Docker 1.10: load it into an engine and save it again"
          : "it was not written by docker save",
    });
  }
  let list: unknown;
  try {
    list = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new DistillError("FORMAT_INVALID", `${files.what}: manifest.json is not valid JSON`, { cause });
  }
  if (!Array.isArray(list)) throw new DistillError("FORMAT_INVALID", `${files.what}: manifest.json must be a list`);
  if (list.length > MAX_IMAGES) {
    throw new DistillError("LIMIT_EXCEEDED", `${files.what}: manifest.json lists more than ${MAX_IMAGES} images`);
  }
  return list.map((item: unknown, index) => {
    const object = asObject(item, `${files.what}: manifest.json[${index}]`);
    return {
      configPath: requiredString(object, "Config"),
      layerPaths: requiredStrings(object, "Layers"),
      names: optionalStrings(object, "RepoTags") ?? [],
    };
  });
}

interface Chosen {
  readonly image: ListedImage;
  readonly rawConfig: Uint8Array;
}

async function choose(files: SourceFiles, images: readonly ListedImage[], { name, digest }: Choice): Promise<Chosen> {
  const called = images.filter(
    ({ names }) => name === undefined || names.some((each) => canonicalName(each) === canonicalName(name)),
  );
  const fitting = new Map<Digest, Chosen>();
  // Each config once, however often it is listed.
  for (const image of new Map(called.map((each) => [each.configPath, each] as const)).values()) {
    const rawConfig = await readConfig(files, image.configPath);
    const id = digestOf(rawConfig);
    if (digest === undefined || digest === id) fitting.set(id, { image, rawConfig });
    if (digest === undefined && fitting.size > 1) break;
  }
  const [only] = fitting.values();
  if (fitting.size === 1 && only !== undefined) return only;
  const wanted = name ?? digest;
  const list = images.flatMap(({ names, configPath }) =>
    names.length > 0 ? names : [`an image without a name (${configPath})`],
  );
  const shown = `${list.slice(0, 20).join(", ")}${list.length > 20 ? `, and ${list.length - 20} more` : ""}`;
  if (fitting.size > 1) {
    throw new DistillError(
      "USAGE",
      `${files.what} holds several images${wanted === undefined ? "" : ` called ${wanted}`}`,
      {
        hint: `choose with :NAME or @IMAGE-ID one of ${shown}`,
      },
    );
  }
  throw new DistillError("NO_SUCH_IMAGE", `${files.what} holds no image${wanted === undefined ? "" : ` ${wanted}`}`, {
    hint: shown === "" ? "its manifest.json is empty" : `it holds ${shown}`,
  });
}

/** A config that manifest.json names, at most 8 MiB. */
export async function readConfig(files: SourceFiles, path: string): Promise<Uint8Array> {
  const bytes = await readSmall(files, path, MAX_CONFIG);
  if (bytes === undefined) throw missing(files, path);
  return bytes;
}

/** The entry of the archive's OCI layout that is, or has in it, the image with this ID. */
async function findInLayout(files: SourceFiles, image: ListedImage, id: Digest): Promise<Content | undefined> {
  const layout = await readLayoutIndex(files);
  if (layout === undefined) return undefined;
  const reader = blobReader(files);
  const names = new Set(image.names.map(canonicalName));
  let contradicted: string | undefined;
  const others: Others = new Map();
  for (const entry of layout.index.manifests) {
    if ((others.get(entry.digest) ?? "nested") === "nested") {
      const content = await ifHeld(readContent(reader, entry));
      if (content !== undefined && (await holdsConfig(content, id, others))) return content;
      others.set(entry.digest, content === undefined ? "absent" : "another");
    }
    if (others.get(entry.digest) === "absent") continue;
    contradicted ??= namesOf(entry).find((name) => names.has(canonicalName(name)));
  }
  if (contradicted === undefined) return undefined;
  throw new DistillError("FORMAT_INVALID", `${files.what} holds two different images called ${contradicted}`, {
    hint: "its manifest.json and its index.json contradict each other: do not trust it",
  });
}

/**
 * What has been read and is not the image that is sought, so that nothing is read twice: "nested" is an index of which only
 * its place in another one was looked at.
 */
type Others = Map<Digest, "absent" | "another" | "nested">;

async function holdsConfig(content: Content, id: Digest, others: Others): Promise<boolean> {
  if (content.kind === "manifest") return content.manifest.config.digest === id;
  for (const entry of directEntries(content)) {
    if (others.has(entry.digest)) continue;
    const child = await ifHeld(content.child(entry));
    if (child?.kind === "manifest" && child.manifest.config.digest === id) return true;
    others.set(entry.digest, child === undefined ? "absent" : child.kind === "index" ? "nested" : "another");
  }
  return false;
}

/** One level is what engines write. */
function directEntries({ index }: IndexContent): readonly Descriptor[] {
  return index.manifests.slice(0, 1000);
}

/** An OCI manifest for an image of which the archive only says where its config and layers are. */
export async function assembleListed(
  files: SourceFiles,
  image: ListedImage,
  rawConfig: Uint8Array,
): Promise<ManifestContent> {
  const { diff_ids: diffIDs } = decodeConfig(rawConfig).rootfs;
  if (diffIDs.length !== image.layerPaths.length) {
    const [listed, known] = [image.layerPaths.length, diffIDs.length];
    throw new DistillError("FORMAT_INVALID", `${files.what} lists ${listed} layers, and the image's config ${known}`);
  }
  const layers: Blob[] = [];
  const known = new Map<string, Blob>();
  for (const [index, path] of image.layerPaths.entries()) {
    const diffID = diffIDs[index] as Digest;
    // An empty layer may be listed often; each is looked into once.
    const key = `${diffID} ${path}`;
    const layer = known.get(key) ?? (await layerBlob(files, path, diffID));
    known.set(key, layer);
    layers.push(layer);
  }
  const config = { mediaType: MediaType.ociConfig, digest: digestOf(rawConfig), size: rawConfig.length };
  const manifest: Manifest = {
    mediaType: MediaType.ociManifest,
    config,
    layers: layers.map(({ descriptor }) => descriptor),
  };
  const raw = encodeManifest(manifest);
  const blobs = new Map(
    [...layers, memoryContentBlob(config, rawConfig)].map((blob) => [blob.descriptor.digest, blob]),
  );
  return {
    ...{ kind: "manifest", raw, manifest },
    descriptor: { mediaType: manifest.mediaType, digest: digestOf(raw), size: raw.length },
    blobs: [...blobs.values()],
  };
}

/** A layer's digest is its diffID, unless it is compressed: only reading it tells then. */
async function layerBlob(files: SourceFiles, path: string, diffID: Digest): Promise<Blob> {
  const size = files.size(path);
  if (size === undefined) throw missing(files, path);
  const compression = await compressionOf(files, path);
  const digest = compression === "none" ? diffID : await digestOfFile(files, path);
  const descriptor = { mediaType: ociLayerType(compression), digest, size };
  return { descriptor, open: () => verified(files.open(path), descriptor) };
}

async function compressionOf(files: SourceFiles, path: string): Promise<Compression> {
  for await (const chunk of files.open(path)) {
    const packing = packingOf(chunk.subarray(0, MAGIC_BYTES));
    if (packing !== "xz" && packing !== "bzip2") return packing ?? "none";
    throw new DistillError("UNSUPPORTED", `${files.what}: the layer ${path} is packed with ${packing}`);
  }
  return "none";
}

async function digestOfFile(files: SourceFiles, path: string): Promise<Digest> {
  const digester = new Digester();
  for await (const chunk of files.open(path)) digester.update(chunk);
  return digester.digest();
}

function missing(files: SourceFiles, path: string): DistillError {
  return new DistillError("FORMAT_INVALID", `${files.what} lacks the file ${JSON.stringify(path.slice(0, 200))}`, {
    hint: "it is incomplete: write or fetch it again",
  });
}
