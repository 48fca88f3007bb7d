import { parsePlatform } from "../image/platform.ts";
import { formatFamiliar, parseReference, withDefaultTag } from "../image/reference.ts";
import { selectImage } from "../image/select.ts";
import { throwIfCancelled } from "../lib/cancel.ts";
import type { Digest } from "../lib/digest.ts";
import { DistillError } from "../lib/errors.ts";
import { withProgress } from "./blob-progress.ts";
import { tellChoice } from "./copy-image.ts";
import { blobDigests } from "./push-image.ts";
import { openFromRegistry } from "./registries.ts";
import { blamingRegistry, type RegistryAccess } from "./registry-access.ts";
import { withWorkspace } from "./workspace.ts";

export interface PullOptions extends RegistryAccess {
  /** Every platform of an index, not one. */
  readonly all: boolean;
  /** Which platform of an index; this machine's by default. */
  readonly platform: string | undefined;
}

/** What was pulled. */
export interface PulledImage {
  readonly name: string;
  /** Of what is in the store under that name now. */
  readonly digest: Digest;
  /** Of what the name stands for in the registry: an index, perhaps. */
  readonly remoteDigest: Digest;
  readonly imageID: Digest | null;
}

/**
 * Brings an image from its registry into the store, under the same name: of an index one platform, or with `all` every
 * one. What the store has is not fetched, and what an earlier try has fetched counts. Throws as openFromRegistry and
 * Store.putContent; what comes wrong from the registry is DIGEST_MISMATCH or REGISTRY, and is never in the store.
 */
export async function pullImage(name: string, options: PullOptions): Promise<PulledImage> {
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform);
  if (options.all && platform !== undefined) {
    throw new DistillError("USAGE", "--all takes every platform, and --platform one", {
      hint: "leave one of them out",
    });
  }
  const reference = withDefaultTag(parseReference(name.replace(/^docker:\/\//, "")));
  const { progress, signal } = options;
  const { content: given, remote } = await openFromRegistry(reference, options);
  return await blamingRegistry(remote, async () => {
    const chosen = options.all ? given : await selectImage(given, platform);
    if (!options.all && platform === undefined) await tellChoice(given, chosen, name, progress);
    const content = withProgress(chosen, progress);
    return await withWorkspace(async ({ store }) => {
      await using lease = store.lease(`pull ${name}`);
      await store.putContent(lease, content, signal);
      throwIfCancelled(signal);
      store.rememberOrigins(await blobDigests(chosen), remote.host, remote.path);
      store.tag(reference, content.descriptor.digest);
      return {
        name: formatFamiliar(reference),
        digest: content.descriptor.digest,
        remoteDigest: given.descriptor.digest,
        imageID: content.kind === "manifest" ? content.manifest.config.digest : null,
      };
    });
  });
}
