import type { Content } from "../image/content.ts";
import type { Index, Manifest } from "../image/manifest.ts";
import { parsePlatform } from "../image/platform.ts";
import { formatFamiliar, parseReference, withDefaultTag } from "../image/reference.ts";
import { selectImage } from "../image/select.ts";
import { parseSource } from "../image/source/location.ts";
import type { Digest } from "../lib/digest.ts";
import { DistillError } from "../lib/errors.ts";
import { deleteManifest, headManifest } from "../registry/manifests.ts";
import { removeFromFallback } from "../registry/referrers/fallback.ts";
import { listReferrers, type Referrers } from "../registry/referrers/list.ts";
import { openRemote } from "../registry/source.ts";
import { tagsOf } from "../registry/tags.ts";
import { openContent } from "./open-content.ts";
import { registryClient } from "./registries.ts";
import { blamingRegistry, type RegistryAccess } from "./registry-access.ts";

/** The tags of a repository, in lexical order. Throws NO_SUCH_IMAGE where there is no such repository. */
export async function listTags(
  name: string,
  access: RegistryAccess,
): Promise<{ readonly repository: string; readonly tags: readonly string[] }> {
  const reference = parseReference(name.replace(/^docker:\/\//, ""));
  if (reference.tag !== undefined || reference.digest !== undefined) {
    throw new DistillError("USAGE", `${name}: tags are those of a whole repository`, { hint: "give the name alone" });
  }
  const client = await registryClient(reference, access);
  return { repository: `${client.remote.registry}/${client.remote.path}`, tags: await tagsOf(client) };
}

/** The digest of what a name stands for, with a platform that of its image; errors as openContent. */
export async function digestOfName(
  name: string,
  options: RegistryAccess & { readonly platform: string | undefined },
): Promise<Digest> {
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform);
  const location = parseSource(name) ?? parseSource(`docker://${name}`);
  if (location?.transport === "docker" && platform === undefined) {
    const client = await registryClient(location.reference, options);
    const digest = await headManifest(client, location.reference.digest ?? location.reference.tag ?? "latest");
    if (digest !== undefined) return digest;
  }
  const where = location?.transport === "docker" ? `docker://${name.replace(/^docker:\/\//, "")}` : name;
  await using opened = await openContent(where, options);
  return await blamingRegistry(opened.remote, async () => {
    const content = platform === undefined ? opened.content : await selectImage(opened.content, platform);
    return content.descriptor.digest;
  });
}

/** What names an image as its subject: signatures, SBOMs, whatever was attached to it. */
export interface ImageReferrers extends Referrers {
  /** Of the image, or index. */
  readonly digest: Digest;
}

/** What refers to what a name stands for in its registry, with a platform to that image of an index. */
export async function referrersOfName(
  name: string,
  options: RegistryAccess & { readonly platform: string | undefined; readonly artifactType: string | undefined },
): Promise<ImageReferrers> {
  const digest = await digestOfName(name, options);
  const client = await registryClient(parseReference(name.replace(/^docker:\/\//, "")), options);
  return { digest, ...(await listReferrers(client, digest, options.artifactType)) };
}

function documentOf(content: Content): Manifest | Index {
  return content.kind === "manifest" ? content.manifest : content.index;
}

/**
 * Deletes what `docker://NAME` stands for from its registry: the manifest, and with it every tag of it. Throws
 * NO_SUCH_IMAGE, UNSUPPORTED where the registry deletes nothing.
 */
export async function deleteRemote(name: string, access: RegistryAccess): Promise<string> {
  const reference = withDefaultTag(parseReference(name.replace(/^docker:\/\//, "")));
  const client = await registryClient(reference, access);
  const digest = reference.digest ?? (await headManifest(client, reference.tag ?? "latest"));
  if (digest === undefined) {
    throw new DistillError("NO_SUCH_IMAGE", `${client.remote.host} has no ${formatFamiliar(reference)}`, {
      hint: `distill ls-tags ${client.remote.registry}/${client.remote.path} lists the tags`,
    });
  }
  const { subject } = documentOf(await openRemote(client, digest));
  await deleteManifest(client, digest);
  if (subject !== undefined) await removeFromFallback(client, subject.digest, digest);
  return `docker://${formatFamiliar(reference)} ${digest}`;
}
