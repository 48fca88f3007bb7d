import { configOf, type ManifestContent } from "../image/content.ts";
import { layerCompression } from "../image/media-types.ts";
import { spoolPlain } from "../image/source/spool.ts";
import { unpack } from "../image/unpack.ts";
import { throwIfCancelled, untilCancelled } from "../lib/cancel.ts";
import { mapLimited } from "../lib/concurrency.ts";
import { type Digest, Digester, hexOf } from "../lib/digest.ts";
import { DistillError } from "../lib/errors.ts";
import { asTask, type Progress, type Task } from "../lib/progress.ts";
import { BackingFile, streamContent } from "../rootfs/content.ts";
import { applyLayer, type LayerSource, layerSource } from "../rootfs/layer-reader.ts";
import { Attributer } from "../rootfs/node.ts";
import { UNKNOWN_OWNER } from "../rootfs/owner.ts";
import type { Tree } from "../rootfs/tree.ts";
import { TreeEditor } from "../rootfs/tree-editor.ts";

/** As the store's limit: no image has a layer of 64 GiB. */
const MAX_LAYER = 64 * 2 ** 30;

/** Layers that are fetched and unpacked side by side: one alone leaves a processor idle, and each takes memory. */
const AT_ONCE = 2;

export interface FlattenOptions {
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

/** A layer that was read. */
export interface FlattenedLayer {
  readonly diffID: Digest;
  /** Bytes of the uncompressed tar. */
  readonly size: number;
  /** The uncompressed tar, until the image is disposed of. */
  bytes(): AsyncIterable<Uint8Array>;
  /** Its entries and their contents, as long. */
  source(): Promise<LayerSource>;
}

/** The root file system that an image's layers make. Its contents are read from files until it is disposed of. */
export interface FlattenedImage extends AsyncDisposable {
  readonly tree: Tree;
  /** Lowest first. */
  readonly layers: readonly FlattenedLayer[];
}

/**
 * Applies the layers of an image, each verified against its diffID before anything of it is believed. A layer that the
 * store keeps unpacked is read where it lies; any other is unpacked into a temporary file without a name. Memory holds the
 * entries, never contents. UNSUPPORTED for what is no image and for layers that did not come with it, DIGEST_MISMATCH, and
 * what applyLayer throws.
 */
export async function flattenImage(content: ManifestContent, options: FlattenOptions): Promise<FlattenedImage> {
  const { diff_ids: diffIDs } = (await configOf(content)).rootfs;
  if (diffIDs.length !== content.manifest.layers.length) {
    const [layers, known] = [content.manifest.layers.length, diffIDs.length];
    throw new DistillError("FORMAT_INVALID", `the image has ${layers} layers, and its config lists ${known}`);
  }
  const files = new Map<Digest, BackingFile>();
  const close = async (): Promise<void> => {
    await Promise.all(files.values().map((file) => file.close()));
  };
  try {
    await mapLimited([...new Set(diffIDs)], AT_ONCE, async (diffID) => {
      files.set(diffID, await openLayer(content, diffIDs.indexOf(diffID), diffID, options));
    });
    const root = new Attributer().of({ mode: 0o755, owner: UNKNOWN_OWNER });
    let tree = TreeEditor.empty(root).done();
    const layers: FlattenedLayer[] = [];
    for (const diffID of diffIDs) {
      const file = files.get(diffID);
      if (file === undefined) throw new Error(`layer ${diffID} was not opened`);
      throwIfCancelled(options.signal);
      tree = await applyLayer(tree, file, { kind: "base", digest: diffID });
      const { size } = await (await file.handle()).stat();
      layers.push({
        diffID,
        size,
        bytes: () => streamContent(file.range(0, size)),
        source: async () => layerSource(file),
      });
    }
    return { tree, layers, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openLayer(
  content: ManifestContent,
  index: number,
  diffID: Digest,
  { progress, signal }: FlattenOptions,
): Promise<BackingFile> {
  const known = content.layers?.[index];
  const title = `Reading layer ${index + 1} of ${content.manifest.layers.length}`;
  return asTask(progress, title, async (task) => {
    if (known?.plainFile !== undefined) {
      for await (const _ of told(untilCancelled(known.uncompressed(), signal), task)) {
        // Verified when it has ended.
      }
      return new BackingFile(known.plainFile, undefined, diffID);
    }
    const name = `layer ${hexOf(diffID).slice(0, 12)}`;
    const plain = known?.uncompressed() ?? checked(unpackedLayer(content, index), diffID);
    return new BackingFile(name, await spoolPlain(told(plain, task), name, signal), diffID);
  });
}

function unpackedLayer({ manifest, blobs }: ManifestContent, index: number): AsyncIterable<Uint8Array> {
  const descriptor = manifest.layers[index];
  const blob = blobs.find((each) => each.descriptor.digest === descriptor?.digest);
  const compression = layerCompression(descriptor?.mediaType ?? "");
  if (blob !== undefined && compression !== undefined) return unpack(blob.open(), compression, MAX_LAYER);
  const problem = blob === undefined ? "did not come with the image" : `has media type ${descriptor?.mediaType}`;
  throw new DistillError("UNSUPPORTED", `layer ${descriptor?.digest} ${problem}`, {
    hint: "only an image whose layers are all there can be flattened",
  });
}

async function* checked(source: AsyncIterable<Uint8Array>, diffID: Digest): AsyncGenerator<Uint8Array> {
  const digester = new Digester();
  for await (const chunk of source) {
    digester.update(chunk);
    yield chunk;
  }
  const found = digester.digest();
  if (found !== diffID) throw new DistillError("DIGEST_MISMATCH", `a layer unpacks to ${found}, not to ${diffID}`);
}

async function* told(source: AsyncIterable<Uint8Array>, task: Task): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const chunk of source) {
    done += chunk.length;
    task.advance(done);
    yield chunk;
  }
}
