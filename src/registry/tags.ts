import type { RegistryClient } from "./client.ts";
import { answerFailure, protocolFailure } from "./failures.ts";
import { readPages } from "./pages.ts";

/** Some registries (ECR) refuse more. */
const PAGE = 1000;
/** What a tag may look like (distribution-spec, "Pulling manifests"). */
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/**
 * The tags of the repository, in lexical order (distribution-spec, "Listing Tags"; not every registry keeps to it). Throws NO_SUCH_IMAGE where it
 * has no such repository, UNAUTHORIZED, REGISTRY, NETWORK.
 */
export async function tagsOf(client: RegistryClient): Promise<readonly string[]> {
  const { remote } = client;
  const tags = new Set<string>();
  for await (const { response, document } of readPages(client, `tags/list?n=${PAGE}`)) {
    if (response.status !== 200) {
      throw await answerFailure(remote, response, "list the tags of", `repository ${remote.registry}/${remote.path}`);
    }
    for (const tag of tagsIn(await document())) tags.add(tag);
  }
  return [...tags].sort();

  function tagsIn(document: unknown): readonly string[] {
    if (typeof document === "object" && document !== null && "tags" in document) {
      // A repository that lost its last tag has null.
      if (document.tags === null) return [];
      if (Array.isArray(document.tags) && document.tags.every(isTag)) return document.tags;
    }
    throw protocolFailure(remote, "sends something that is no list of tags");
  }
}

function isTag(value: unknown): boolean {
  return typeof value === "string" && TAG.test(value);
}
