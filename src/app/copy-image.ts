import type { Content } from "../image/content.ts";
import { type Destination, parseDestination, type Written } from "../image/destination.ts";
import { MediaType } from "../image/media-types.ts";
import { formatPlatform, type Platform, parsePlatform } from "../image/platform.ts";
import { parseReference, type Reference, withDefaultTag } from "../image/reference.ts";
import { platformImages, selectImage } from "../image/select.ts";
import { throwIfCancelled } from "../lib/cancel.ts";
import { DistillError } from "../lib/errors.ts";
import type { Progress } from "../lib/progress.ts";
import { withProgress } from "./blob-progress.ts";
import { type OpenedContent, openContent } from "./open-content.ts";
import { blamingRegistry, type RegistryAccess } from "./registry-access.ts";
import { withWorkspace } from "./workspace.ts";
import { type PreparedDestination, prepareDestination, writeTo } from "./write-content.ts";

export interface CopyOptions extends RegistryAccess {
  /** All platforms of an index, not one. */
  readonly all: boolean;
  /** Which platform of an index; this machine's by default. */
  readonly platform: string | undefined;
}

/** Where a copy goes: a name of the store, or elsewhere. */
type Target =
  | { readonly kind: "store"; readonly reference: Reference }
  | { readonly kind: "elsewhere"; readonly destination: Destination };

/**
 * Copies an image, or with `all` a whole index, between any two places as it is packed: nothing is unpacked or kept
 * between them, and digests stay wherever the destination can hold them. A name without a transport is one of the
 * store. The destination is checked before the source is opened.
 */
export async function copyImage(from: string, to: string, options: CopyOptions): Promise<Written> {
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform);
  if (options.all && platform !== undefined) {
    throw new DistillError("USAGE", "--all takes every platform, and --platform one", {
      hint: "leave one of them out",
    });
  }
  const target = parseTarget(to);
  if (target.kind === "elsewhere") refuseIndex(target.destination, options.all);
  const prepared = target.kind === "store" ? undefined : await prepareDestination(target.destination, options);
  await using source = await openContent(from, options);
  return await blamingRegistry(source.remote, () => copyFrom(source, target, prepared, from, platform, options));
}

async function copyFrom(
  source: OpenedContent,
  target: Target,
  prepared: PreparedDestination | undefined,
  from: string,
  platform: Platform | undefined,
  options: CopyOptions,
): Promise<Written> {
  const { all, progress, signal } = options;
  const chosen = all ? source.content : await selectImage(source.content, platform);
  if (!all && platform === undefined) await tellChoice(source.content, chosen, from, progress);
  if (target.kind === "elsewhere") tellUnreadable(chosen, target.destination, progress);
  throwIfCancelled(signal);
  if (prepared?.kind === "registry") {
    return writeTo(prepared, chosen, { source: source.remote, store: source.store, access: options });
  }
  const content = withProgress(chosen, progress);
  if (prepared !== undefined) return writeTo(prepared, content, { access: options });
  if (target.kind !== "store") throw new Error("a destination was not prepared");
  return withWorkspace(async ({ store }) => {
    await using lease = store.lease(`copy ${from}`);
    await store.putContent(lease, content, signal);
    throwIfCancelled(signal);
    store.tag(target.reference, content.descriptor.digest);
    const imageID = content.kind === "manifest" ? content.manifest.config.digest : undefined;
    return { descriptor: content.descriptor, imageID, changed: undefined };
  });
}

/** Says which of several platforms was taken, since nobody asked for it. */
export async function tellChoice(given: Content, chosen: Content, from: string, progress: Progress): Promise<void> {
  if (given.kind !== "index") return;
  const images = await platformImages(given);
  const taken = images.find(({ descriptor }) => descriptor.digest === chosen.descriptor.digest);
  if (taken === undefined || images.length < 2) return;
  const others = images.filter((each) => each !== taken).map((each) => formatPlatform(each.platform));
  progress.info(
    `Of ${from}, ${formatPlatform(taken.platform)} is copied, not ${others.join(", ")} (--all copies them too)`,
  );
}

/** image-spec lets a layout hold it, and containerd reads it; others only find OCI's own media types there. */
function tellUnreadable({ descriptor }: Content, { transport }: Destination, progress: Progress): void {
  if (transport !== "oci" && transport !== "oci-archive") return;
  if (descriptor.mediaType !== MediaType.dockerManifest && descriptor.mediaType !== MediaType.dockerManifestList)
    return;
  progress.info(
    "The manifest is Docker's and is kept as it is: skopeo and podman find none but OCI manifests in a layout",
  );
}

function parseTarget(text: string): Target {
  // A transport is no name, whatever follows it: "oci:latest" is a directory.
  if (isTransport(text)) return { kind: "elsewhere", destination: parseDestination(text) };
  const reference = withDefaultTag(parseReference(text));
  if (reference.digest !== undefined) {
    throw new DistillError("USAGE", `${text}: a copy gets its digest from its content`, { hint: "give NAME[:TAG]" });
  }
  return { kind: "store", reference };
}

function isTransport(text: string): boolean {
  return /^(?:oci|oci-archive|docker-archive|docker-daemon):/.test(text) || /^[a-z-]+:\/\//.test(text);
}

function refuseIndex({ transport }: Destination, all: boolean): void {
  if (!all || transport === "docker" || transport === "oci" || transport === "oci-archive") return;
  throw new DistillError("USAGE", `${transport}: holds one platform, and --all asks for every one`, {
    hint: "choose one with --platform, or copy to docker://, oci: or oci-archive:",
  });
}
