import { type Content, type ContentReader, contentFrom } from "../image/content.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { once } from "../image/image.ts";
import { isForeignLayer } from "../image/media-types.ts";
import { isDistillError } from "../lib/errors.ts";
import { openBlob } from "./blobs.ts";
import type { RegistryClient } from "./client.ts";
import { protocolFailure } from "./failures.ts";
import { getManifest } from "./manifests.ts";

/**
 * What a tag or digest of a repository stands for. Blobs, and the manifests of an index, are fetched when they are asked
 * for. Throws as `getManifest`, and REGISTRY for what is no manifest or index at all.
 */
export async function openRemote(client: RegistryClient, name: string): Promise<Content> {
  const { raw, descriptor } = await getManifest(client, name);
  return asRegistryFailure(client, () => contentFrom(readerOf(client), raw, descriptor));
}

function readerOf(client: RegistryClient): ContentReader {
  return {
    what: client.remote.host,
    open: (descriptor, as) => {
      if (as === "manifest") return () => fetchManifest(client, descriptor);
      if (liesElsewhere(descriptor)) return undefined;
      return () => openBlob(client, descriptor, 0);
    },
    openFrom: (descriptor, offset) => openBlob(client, descriptor, offset),
  };
}

async function* fetchManifest(client: RegistryClient, { digest, size }: Descriptor): AsyncGenerator<Uint8Array> {
  const { raw } = await getManifest(client, digest, size);
  yield* once(raw);
}

/** A foreign layer is kept at its own addresses, and those may be anybody's: it is named and not fetched. */
function liesElsewhere({ mediaType, urls }: Descriptor): boolean {
  return isForeignLayer(mediaType) && urls !== undefined && urls.length > 0;
}

async function asRegistryFailure<T>(client: RegistryClient, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isDistillError(error, "FORMAT_INVALID", "LIMIT_EXCEEDED")) throw error;
    throw protocolFailure(client.remote, `sends something that is no image: ${error.message}`, error);
  }
}
