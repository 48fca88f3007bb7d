import { join } from "node:path";
import type { Content } from "../image/content.ts";
import { parsePlatform } from "../image/platform.ts";
import { formatCanonical, formatFamiliar, parseReference, type Reference, withDefaultTag } from "../image/reference.ts";
import { selectImage, walkContent } from "../image/select.ts";
import type { Digest } from "../lib/digest.ts";
import { DistillError } from "../lib/errors.ts";
import { distillHome } from "../lib/home.ts";
import type { RegistryClient } from "../registry/client.ts";
import { type Pushed, pushContent } from "../registry/push/push.ts";
import { abandonUpload, beginUpload } from "../registry/push/session.ts";
import { uploadMemory } from "../registry/push/upload-memory.ts";
import type { Remote } from "../registry/remote.ts";
import type { Store } from "../store/store.ts";
import { noSuchImage } from "./open-content.ts";
import { packedContent } from "./packed-content.ts";
import { registryClient } from "./registries.ts";
import type { RegistryAccess } from "./registry-access.ts";
import { withWorkspace } from "./workspace.ts";

export interface PushTarget {
  readonly reference: Reference;
  readonly client: RegistryClient;
}

export interface PushOptions extends RegistryAccess {
  /** One platform of an index, in place of the index. */
  readonly platform: string | undefined;
}

/** What was pushed, and under which names. */
export interface PushedImage {
  readonly digest: Digest;
  readonly names: readonly string[];
  /** Bytes that went over the line. */
  readonly sent: number;
}

/**
 * Sends an image of the store to its registry, under its own name or under others. Throws NO_SUCH_IMAGE where the store
 * has none, and as pushContent.
 */
export async function pushImage(name: string, others: readonly string[], options: PushOptions): Promise<PushedImage> {
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform);
  const names = (others.length === 0 ? [name] : others).map((each) => parseDestinationName(each));
  return await withWorkspace(async ({ store }) => {
    const given = await packedContent(store, name, options);
    if (given === undefined) throw noSuchImage(name);
    const content = platform === undefined ? given : await selectImage(given, platform);
    let sent = 0;
    for (const reference of names) {
      const client = await registryClient(reference, options);
      const pushed = await pushTo({ reference, client }, content, { store }, options);
      sent += pushed.sent;
    }
    return { digest: content.descriptor.digest, names: names.map(formatFamiliar), sent };
  });
}

/** Makes sure that the repository takes a push, before any work is done for it. */
export async function checkPush(reference: Reference, access: RegistryAccess): Promise<PushTarget> {
  const client = await registryClient(reference, access);
  const session = await beginUpload(client);
  if (session !== "mounted") await abandonUpload(client, session.location);
  return { reference, client };
}

/**
 * Pushes content under a name. Blobs that lie in another repository of the same registry are mounted: those that the
 * store has seen there, and those of `source`, where the content comes from. Throws as pushContent.
 */
export async function pushTo(
  { reference, client }: PushTarget,
  content: Content,
  known: { readonly store?: Store | undefined; readonly source?: Remote | undefined },
  access: RegistryAccess,
): Promise<Pushed> {
  const { store, source } = known;
  const { host, path } = client.remote;
  const pushed = await pushContent(client, content, {
    tags: reference.tag === undefined ? [] : [reference.tag],
    mountFrom: (digest) => [...(source?.host === host ? [source.path] : []), ...(store?.origins(digest, host) ?? [])],
    memory: uploadMemory(join(distillHome().cache, "uploads")),
    progress: access.progress,
  });
  if (reference.digest !== undefined && reference.digest !== pushed.digest) {
    access.progress.warn(`${formatCanonical(reference)}: what was pushed has the digest ${pushed.digest}`);
  }
  store?.rememberOrigins(await blobDigests(content), host, path);
  return pushed;
}

function parseDestinationName(text: string): Reference {
  const reference = withDefaultTag(parseReference(text.replace(/^docker:\/\//, "")));
  if (reference.tag !== undefined) return reference;
  throw new DistillError("USAGE", `${text}: a push needs a tag; the digest follows from what is pushed`, {
    hint: "give NAME[:TAG]",
  });
}

/** Of every blob of the content, whatever platform it is for. */
export async function blobDigests(content: Content): Promise<readonly Digest[]> {
  const digests: Digest[] = [];
  for await (const each of walkContent(content)) {
    if (each.kind === "manifest") digests.push(...each.blobs.map(({ descriptor }) => descriptor.digest));
  }
  return digests;
}
