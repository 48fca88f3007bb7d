import type { Content } from "../../image/content.ts";
import type { Descriptor } from "../../image/descriptor.ts";
import { decodeIndex, encodeIndex, type Index } from "../../image/manifest.ts";
import { MediaType } from "../../image/media-types.ts";
import { type Digest, digestOf } from "../../lib/digest.ts";
import { isDistillError } from "../../lib/errors.ts";
import type { RegistryClient } from "../client.ts";
import { protocolFailure } from "../failures.ts";
import { getManifest, putManifest } from "../manifests.ts";

const EMPTY: Index = { mediaType: MediaType.ociIndex, manifests: [] };

/** Where referrers are listed by registries without an API for them (distribution-spec, "Referrers Tag Schema"). */
export function fallbackTag(subject: Digest): string {
  return subject.replace(":", "-");
}

/** How an index of referrers names what refers: with its artifact type and its annotations. */
export function referrerDescriptor({ descriptor, ...content }: Content): Descriptor {
  const { mediaType, digest, size } = descriptor;
  const document = content.kind === "manifest" ? content.manifest : content.index;
  const config = content.kind === "manifest" ? content.manifest.config.mediaType : undefined;
  const artifactType = document.artifactType ?? config;
  return {
    ...{ mediaType, digest, size },
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(document.annotations === undefined ? {} : { annotations: document.annotations }),
  };
}

/** The index under the fallback tag; empty where there is none. */
export async function readFallback(client: RegistryClient, subject: Digest): Promise<Index> {
  try {
    const { raw } = await getManifest(client, fallbackTag(subject));
    return decodeIndex(raw);
  } catch (error) {
    if (isDistillError(error, "NO_SUCH_IMAGE")) return EMPTY;
    if (!isDistillError(error, "FORMAT_INVALID", "UNSUPPORTED")) throw error;
    throw protocolFailure(
      client.remote,
      `has under ${fallbackTag(subject)} something that is no list of referrers`,
      error,
    );
  }
}

/**
 * Lists a referrer under the fallback tag of its subject, beside those that are listed there. Two processes that do so at
 * the same moment may lose one of the two, as the specification warns; a second push of it repairs that.
 */
export async function addToFallback(client: RegistryClient, subject: Digest, referrer: Descriptor): Promise<void> {
  const index = await readFallback(client, subject);
  if (index.manifests.some(({ digest }) => digest === referrer.digest)) return;
  await writeFallback(client, subject, { ...index, manifests: [...index.manifests, referrer] });
}

/** Takes a referrer that was deleted out of the list of its subject, where there is one. */
export async function removeFromFallback(client: RegistryClient, subject: Digest, referrer: Digest): Promise<void> {
  const index = await readFallback(client, subject);
  const manifests = index.manifests.filter(({ digest }) => digest !== referrer);
  if (manifests.length !== index.manifests.length) await writeFallback(client, subject, { ...index, manifests });
}

async function writeFallback(client: RegistryClient, subject: Digest, index: Index): Promise<void> {
  const raw = encodeIndex(index);
  const descriptor: Descriptor = { mediaType: index.mediaType, digest: digestOf(raw), size: raw.length };
  await putManifest(client, fallbackTag(subject), { raw, descriptor });
}
