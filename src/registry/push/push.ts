import type { Content } from "../../image/content.ts";
import type { Descriptor } from "../../image/descriptor.ts";
import type { Blob } from "../../image/image.ts";
import { isForeignLayer } from "../../image/media-types.ts";
import { walkContent } from "../../image/select.ts";
import { throwIfCancelled } from "../../lib/cancel.ts";
import { mapLimited } from "../../lib/concurrency.ts";
import { type Digest, hexOf } from "../../lib/digest.ts";
import { isDistillError } from "../../lib/errors.ts";
import type { Progress } from "../../lib/progress.ts";
import { hasBlob } from "../blobs.ts";
import type { RegistryClient } from "../client.ts";
import { headManifest, putManifest } from "../manifests.ts";
import { addToFallback, referrerDescriptor } from "../referrers/fallback.ts";
import { beginUpload } from "./session.ts";
import { uploadBlob } from "./upload.ts";
import type { UploadMemory } from "./upload-memory.ts";

const BLOBS_AT_A_TIME = 4;
/** A blob is asked for in this many other repositories at most. */
const MOUNTS = 3;

export interface PushOptions {
  /** What the content is to be called there; none: by its digest only. */
  readonly tags: readonly string[];
  /** Repositories of the same registry that have, or had, this blob, the likeliest first. */
  readonly mountFrom: (digest: Digest) => readonly string[];
  readonly memory: UploadMemory;
  readonly progress: Progress;
}

/** What a push came to. */
export interface Pushed {
  readonly digest: Digest;
  /** Bytes that went over the line; what lay there already or was mounted is not in it. */
  readonly sent: number;
}

/**
 * Writes an image or index to a repository: blobs first (several at a time; those that are there, or can be mounted, are
 * not sent), then manifests, children before what names them, byte for byte, and the tags last. Foreign layers are named
 * and not sent. Throws NETWORK, REGISTRY, UNAUTHORIZED, CANCELLED, and what the source throws.
 */
export async function pushContent(client: RegistryClient, content: Content, options: PushOptions): Promise<Pushed> {
  let sent = 0;
  const done = new Set<Digest>();
  for await (const each of walkContent(content)) {
    throwIfCancelled(client.signal);
    const { digest } = each.descriptor;
    const isRoot = digest === content.descriptor.digest;
    const known = (await headManifest(client, digest, client.scope("pull", "push"))) === digest;
    if (!known && each.kind === "manifest") {
      const blobs = each.blobs.filter(({ descriptor }) => !done.has(descriptor.digest) && !staysAway(descriptor));
      await mapLimited(blobs, BLOBS_AT_A_TIME, async (blob) => {
        const bytes = await pushBlob(client, blob, options);
        sent += bytes;
        done.add(blob.descriptor.digest);
      });
    }
    // One that refers to another is sent again: it may be there and, since a push was interrupted, not yet listed.
    const listed = known && subjectOf(each) === undefined;
    const names = isRoot && options.tags.length > 0 ? options.tags : listed ? [] : [digest];
    throwIfCancelled(client.signal);
    for (const name of names) await putWithReferrer(client, name, each);
  }
  return { digest: content.descriptor.digest, sent };
}

/** A manifest that refers to another is listed with that one, by the registry or, where it does not do that, by us. */
async function putWithReferrer(client: RegistryClient, name: string, content: Content): Promise<void> {
  const headers = await putManifest(client, name, content);
  const subject = subjectOf(content);
  if (subject === undefined || headers["oci-subject"] !== undefined) return;
  await addToFallback(client, subject.digest, referrerDescriptor(content));
}

function subjectOf(content: Content): Descriptor | undefined {
  return content.kind === "manifest" ? content.manifest.subject : content.index.subject;
}

/** Gives how many bytes went over the line. */
async function pushBlob(client: RegistryClient, blob: Blob, options: PushOptions): Promise<number> {
  const { digest, size } = blob.descriptor;
  const task = options.progress.start(`Pushing ${hexOf(digest).slice(0, 12)}`, size);
  try {
    if (await hasBlob(client, blob.descriptor)) {
      task.end("cached", "already there");
      return 0;
    }
    const mounted = await tryMounts(client, digest, options.mountFrom(digest).slice(0, MOUNTS));
    if (typeof mounted === "string") {
      task.end("cached", `mounted from ${mounted}`);
      return 0;
    }
    const { memory } = options;
    let first: number | undefined;
    const onProgress = (at: number): void => {
      first ??= at;
      task.advance(at);
    };
    await uploadBlob(client, blob, { memory, onProgress, session: mounted });
    task.end("done");
    return size - (size === first ? 0 : (first ?? 0));
  } catch (error) {
    task.end("failed");
    throw error;
  }
}

/** The repository that a blob was taken from, or the upload that the registry began since it could not. */
async function tryMounts(client: RegistryClient, digest: Digest, from: readonly string[]) {
  for (const repository of from) {
    if (repository === client.remote.path) continue;
    try {
      const answer = await beginUpload(client, { digest, from: repository });
      return answer === "mounted" ? repository : answer;
    } catch (error) {
      // No right to read there, or a registry that has no mounts: the blob is sent.
      if (!isDistillError(error, "REGISTRY", "UNAUTHORIZED", "NO_SUCH_IMAGE")) throw error;
    }
  }
  return undefined;
}

function staysAway({ mediaType, urls }: Blob["descriptor"]): boolean {
  return isForeignLayer(mediaType) && urls !== undefined && urls.length > 0;
}
