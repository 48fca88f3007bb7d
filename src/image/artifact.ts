import { digestOf } from "../lib/digest.ts";
import { type ManifestContent, memoryContentBlob } from "./content.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Blob } from "./image.ts";
import type { StringMap } from "./json.ts";
import { encodeManifest, type Manifest } from "./manifest.ts";
import { MediaType } from "./media-types.ts";

/** The config of what has none (image-spec, manifest.md, "Guidance for an Empty Descriptor"). */
const EMPTY_JSON = new TextEncoder().encode("{}");
const EMPTY: Descriptor = {
  mediaType: "application/vnd.oci.empty.v1+json",
  digest: digestOf(EMPTY_JSON),
  size: EMPTY_JSON.length,
};

/**
 * A manifest that is no image: documents that say something about `subject`, or about nothing (image-spec, manifest.md,
 * "Guidelines for Artifact Usage"). Without documents, the empty blob stands in for them.
 */
export function makeArtifact(parts: {
  readonly artifactType: string;
  readonly subject?: Descriptor;
  readonly documents: readonly Blob[];
  readonly annotations?: StringMap;
}): ManifestContent {
  const { artifactType, subject, documents, annotations } = parts;
  const config = memoryContentBlob(EMPTY, EMPTY_JSON);
  const layers = documents.length === 0 ? [config] : documents;
  const manifest: Manifest = {
    ...{ mediaType: MediaType.ociManifest, artifactType, config: EMPTY },
    layers: layers.map(({ descriptor }) => descriptor),
    ...(subject === undefined ? {} : { subject: plainDescriptor(subject) }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  const raw = encodeManifest(manifest);
  const blobs = new Map([...layers, config].map((blob) => [blob.descriptor.digest, blob]));
  return {
    ...{ kind: "manifest", raw, manifest, blobs: [...blobs.values()] },
    descriptor: { mediaType: MediaType.ociManifest, digest: digestOf(raw), size: raw.length },
  };
}

function plainDescriptor({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
