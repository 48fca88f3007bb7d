import type { Content } from "../../image/content.ts";
import type { Descriptor } from "../../image/descriptor.ts";
import { MediaType } from "../../image/media-types.ts";
import { type Digest, digestOf } from "../../lib/digest.ts";
import { isDistillError } from "../../lib/errors.ts";
import type { RegistryClient } from "../client.ts";
import { protocolFailure } from "../failures.ts";
import { getManifest, putManifest } from "../manifests.ts";
import { listedReferrers, withoutReferrer, withReferrer } from "./fallback-index.ts";

/** Where referrers are listed by registries without an API for them (distribution-spec, "Referrers Tag Schema"). */
export function fallbackTag(subject: Digest): string {
  return subject.replace(":", "-");
}

/** How an index of referrers names what refers: with its artifact type and its annotations. */
export function referrerDescriptor({ descriptor, ...content }: Content): Descriptor {
  const { mediaType, digest, size } = descriptor;
  const document = content.kind === "manifest" ? content.manifest : content.index;
  const config = content.kind === "manifest" ? content.manifest.config.mediaType : undefined;
  // An empty type counts as none (image-spec, manifest.md).
  const artifactType = document.artifactType || config;
  return {
    ...{ mediaType, digest, size },
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(document.annotations === undefined ? {} : { annotations: document.annotations }),
  };
}

/** What is listed under the fallback tag; nothing where there is none. */
export async function readFallback(client: RegistryClient, subject: Digest): Promise<readonly Descriptor[]> {
  return judged(client, subject, await readRaw(client, subject), listedReferrers);
}

/**
 * Lists a referrer under the fallback tag of its subject, beside those that are listed there. Two processes that do so at
 * the same moment may lose one of the two, as the specification warns; a second push of it repairs that.
 */
export async function addToFallback(client: RegistryClient, subject: Digest, referrer: Descriptor): Promise<void> {
  const raw = await readRaw(client, subject);
  await write(
    client,
    subject,
    judged(client, subject, raw, (index) => withReferrer(index, referrer)),
  );
}

/** Takes a referrer that was deleted out of the list of its subject, where there is one. */
export async function removeFromFallback(client: RegistryClient, subject: Digest, referrer: Digest): Promise<void> {
  const raw = await readRaw(client, subject);
  await write(
    client,
    subject,
    judged(client, subject, raw, (index) => withoutReferrer(index, referrer)),
  );
}

async function readRaw(client: RegistryClient, subject: Digest): Promise<Uint8Array | undefined> {
  try {
    return (await getManifest(client, fallbackTag(subject))).raw;
  } catch (error) {
    if (isDistillError(error, "NO_SUCH_IMAGE")) return undefined;
    throw error;
  }
}

function judged<T>(
  { remote }: RegistryClient,
  subject: Digest,
  raw: Uint8Array | undefined,
  read: (raw: Uint8Array | undefined) => T,
): T {
  try {
    return read(raw);
  } catch (error) {
    if (!isDistillError(error, "FORMAT_INVALID", "UNSUPPORTED")) throw error;
    throw protocolFailure(remote, `has under ${fallbackTag(subject)} something that is no list of referrers`, error);
  }
}

async function write(client: RegistryClient, subject: Digest, raw: Uint8Array | undefined): Promise<void> {
  if (raw === undefined) return;
  const descriptor: Descriptor = { mediaType: MediaType.ociIndex, digest: digestOf(raw), size: raw.length };
  await putManifest(client, fallbackTag(subject), { raw, descriptor });
}
