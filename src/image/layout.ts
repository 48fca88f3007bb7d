import { platformOf } from "./config.ts";
import { type Content, configOf, isImage } from "./content.ts";
import type { Descriptor } from "./descriptor.ts";
import { encodeJson } from "./json.ts";
import { encodeIndex, type Index } from "./manifest.ts";
import { MediaType } from "./media-types.ts";
import { formatCanonical, type Reference, withDefaultTag } from "./reference.ts";

/** How an image is to be called in a layout or archive; everything optional. A tag goes before names. */
export interface LayoutNames {
  /** `org.opencontainers.image.ref.name` of the entry, as in skopeo's `oci:DIR:TAG`. */
  readonly tag?: string | undefined;
  /** Full image names; each gets its own entry, with the annotation that containerd reads. */
  readonly names?: readonly Reference[];
}

/** The `oci-layout` file (image-spec, image-layout.md). */
export const OCI_LAYOUT_FILE: Uint8Array = encodeJson({ imageLayoutVersion: "1.0.0" });
export const REF_NAME = "org.opencontainers.image.ref.name";
export const CONTAINERD_NAME = "io.containerd.image.name";

/**
 * The entries in `index.json` of an image, or of an index that lies in the layout as a blob of its own (nested, as
 * BuildKit and skopeo write it): one for the tag; else one for each name, or one without a name.
 */
export async function indexEntries(content: Content, { tag, names = [] }: LayoutNames): Promise<readonly Descriptor[]> {
  const descriptor = await entryOf(content);
  if (tag !== undefined) return [{ ...descriptor, annotations: { [REF_NAME]: tag } }];
  if (names.length === 0) return [descriptor];
  return names.map((name) => {
    const refName = withDefaultTag(name).tag;
    const annotations = { [CONTAINERD_NAME]: formatCanonical(name), ...(refName && { [REF_NAME]: refName }) };
    return { ...descriptor, annotations };
  });
}

async function entryOf(content: Content): Promise<Descriptor> {
  const { mediaType, digest, size } = content.descriptor;
  if (content.kind === "index") return { mediaType, digest, size };
  if (!isImage(content.manifest)) {
    const { artifactType } = content.manifest;
    return { mediaType, digest, size, ...(artifactType === undefined ? {} : { artifactType }) };
  }
  return { mediaType, digest, size, platform: platformOf(await configOf(content)) };
}

/**
 * `index.json` with `entries` added. What had one of their names loses it (the entry goes, as a tag moves); other
 * entries stay, in their order.
 */
export function mergeIndex(index: Index | undefined, entries: readonly Descriptor[]): Index {
  const replaced = new Set(entries.map(identity));
  const kept = (index?.manifests ?? []).filter((entry) => !replaced.has(identity(entry)));
  return { ...(index ?? { mediaType: MediaType.ociIndex }), manifests: [...kept, ...entries] };
}

export function encodeMergedIndex(index: Index | undefined, entries: readonly Descriptor[]): Uint8Array {
  return encodeIndex(mergeIndex(index, entries));
}

/** What makes an entry be the same entry: its names, or its digest when it has none. */
function identity({ annotations, digest }: Descriptor): string {
  const [refName, fullName] = [annotations?.[REF_NAME], annotations?.[CONTAINERD_NAME]];
  return JSON.stringify([refName, fullName, refName === undefined && fullName === undefined ? digest : undefined]);
}
