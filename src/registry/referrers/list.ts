import type { Descriptor } from "../../image/descriptor.ts";
import { MediaType } from "../../image/media-types.ts";
import type { Digest } from "../../lib/digest.ts";
import { isDistillError } from "../../lib/errors.ts";
import type { RegistryClient } from "../client.ts";
import { answerFailure, protocolFailure } from "../failures.ts";
import { plainType } from "../manifests.ts";
import { type Page, readPages } from "../pages.ts";
import { readFallback } from "./fallback.ts";
import { listedReferrers } from "./fallback-index.ts";

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
  let pages = 0;
  for await (const page of readPages(client, `referrers/${subject}${query}`, { accept: MediaType.ociIndex })) {
    if (pages++ === 0 && lacksApi(page)) {
      await page.response.discard();
      return { referrers: (await readFallback(client, subject)).filter(wanted), via: "tag" };
    }
    for (const each of (await readPage(client, page)).filter(wanted)) found.set(each.digest, each);
  }
  return { referrers: [...found.values()], via: "api" };
}

/** True where the registry does not know the API: a 404, or a page of something else in its place. */
function lacksApi({ response: { status, headers } }: Page): boolean {
  return status === 404 || (status === 200 && plainType(headers["content-type"]) !== MediaType.ociIndex);
}

async function readPage(client: RegistryClient, { response, bytes }: Page): Promise<readonly Descriptor[]> {
  if (response.status !== 200) throw await answerFailure(client.remote, response, "list the referrers of");
  try {
    return listedReferrers(await bytes());
  } catch (error) {
    if (!isDistillError(error, "FORMAT_INVALID", "UNSUPPORTED")) throw error;
    throw protocolFailure(client.remote, `sends something that is no list of referrers: ${error.message}`, error);
  }
}
