import type { Descriptor } from "../../image/descriptor.ts";
import { decodeIndex } from "../../image/manifest.ts";
import { MediaType } from "../../image/media-types.ts";
import type { Digest } from "../../lib/digest.ts";
import { isDistillError } from "../../lib/errors.ts";
import type { RegistryClient } from "../client.ts";
import { answerFailure, protocolFailure } from "../failures.ts";
import { type Page, readPages } from "../pages.ts";
import { readFallback } from "./fallback.ts";

/** What refers to a manifest, and how that was found out. */
export interface Referrers {
  readonly referrers: readonly Descriptor[];
  /** `tag`: the registry has no API for it, and the fallback tag was read. */
  readonly via: "api" | "tag";
}

/**
 * What names this manifest as its subject (distribution-spec, "Listing Referrers"), in the registry's order; of one
 * artifact type where one is asked for. Throws UNAUTHORIZED, REGISTRY, NETWORK.
 */
export async function listReferrers(
  client: RegistryClient,
  subject: Digest,
  artifactType: string | undefined,
): Promise<Referrers> {
  // Registries may filter by themselves, and need not; what comes is filtered here in any case.
  const query = artifactType === undefined ? "" : `?artifactType=${encodeURIComponent(artifactType)}`;
  const wanted = (each: Descriptor) => artifactType === undefined || each.artifactType === artifactType;
  const found = new Map<Digest, Descriptor>();
  for await (const page of readPages(client, `referrers/${subject}${query}`, { accept: MediaType.ociIndex })) {
    const listed = await readPage(client, page);
    if (listed === undefined) {
      const { manifests } = await readFallback(client, subject);
      return { referrers: manifests.filter(wanted), via: "tag" };
    }
    for (const each of listed.filter(wanted)) found.set(each.digest, each);
  }
  return { referrers: [...found.values()], via: "api" };
}

/** Undefined where the registry does not know the API: a 404, or a page of something else in its place. */
async function readPage(client: RegistryClient, { response, bytes }: Page): Promise<readonly Descriptor[] | undefined> {
  const isIndex = (response.headers["content-type"] ?? "").startsWith(MediaType.ociIndex);
  if (response.status === 404 || (response.status === 200 && !isIndex)) {
    await response.discard();
    return undefined;
  }
  if (response.status !== 200) throw await answerFailure(client.remote, response, "list the referrers of");
  try {
    return decodeIndex(await bytes()).manifests;
  } catch (error) {
    if (!isDistillError(error, "FORMAT_INVALID", "UNSUPPORTED")) throw error;
    throw protocolFailure(client.remote, `sends something that is no list of referrers: ${error.message}`, error);
  }
}
