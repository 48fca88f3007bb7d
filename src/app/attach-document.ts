import { makeArtifact } from "../image/artifact.ts";
import { type ManifestContent, memoryContentBlob } from "../image/content.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { writeLayout } from "../image/layout-sink.ts";
import { type Digest, digestOf } from "../lib/digest.ts";
import { DistillError } from "../lib/errors.ts";
import type { Store } from "../store/store.ts";
import { pushTo } from "./push-image.ts";
import type { RegistryAccess } from "./registry-access.ts";
import { describeDestination, type PreparedDestination } from "./write-content.ts";

/** A document about an image, to be pushed beside it. */
export interface ImageDocument {
  readonly kind: "cyclonedx" | "spdx" | "provenance";
  readonly text: string;
}

/** The types by which documents of these kinds are found among an image's referrers, and the names they get where they are saved. */
const KINDS: Readonly<Record<ImageDocument["kind"], { readonly type: string; readonly title: string }>> = {
  cyclonedx: { type: "application/vnd.cyclonedx+json", title: "sbom.cdx.json" },
  spdx: { type: "application/spdx+json", title: "sbom.spdx.json" },
  provenance: { type: "application/vnd.in-toto+json", title: "provenance.intoto.json" },
};

/**
 * The document as an artifact that refers to an image or index (image-spec, manifest.md, "Guidelines for Artifact Usage"). The same
 * document about the same image is the same artifact, so that it is listed once however often it is pushed.
 */
export function documentArtifact(subject: Descriptor, { kind, text }: ImageDocument): ManifestContent {
  const { type, title } = KINDS[kind];
  const bytes = new TextEncoder().encode(text);
  const descriptor: Descriptor = {
    ...{ mediaType: type, digest: digestOf(bytes), size: bytes.length },
    annotations: {
      "org.opencontainers.image.title": title,
      ...(kind === "provenance" ? { "in-toto.io/predicate-type": "https://slsa.dev/provenance/v1" } : {}),
    },
  };
  return makeArtifact({ artifactType: type, subject, documents: [memoryContentBlob(descriptor, bytes)] });
}

/**
 * Writes documents beside an image that lies, or will lie, at a destination: in a registry as its referrers, in an OCI layout as
 * further entries. Gives the digests of the artifacts. UNSUPPORTED for archives and engines, which hold no such thing; else as
 * pushContent and writeLayout.
 */
export async function attachDocuments(
  to: PreparedDestination,
  subject: Descriptor,
  documents: readonly ImageDocument[],
  access: RegistryAccess,
  store?: Store,
): Promise<readonly Digest[]> {
  const digests: Digest[] = [];
  for (const document of documents) {
    const artifact = documentArtifact(subject, document);
    if (to.kind === "registry") {
      // Without a name of its own: it is found by what it refers to.
      const reference = { ...to.target.reference, tag: undefined, digest: undefined };
      await pushTo({ ...to.target, reference }, artifact, { store }, access);
    } else if (to.destination.transport === "oci") {
      await writeLayout(artifact, to.destination.path, {}, access.signal);
    } else throw holdsNone(describeDestination(to));
    digests.push(artifact.descriptor.digest);
  }
  return digests;
}

function holdsNone(place: string): DistillError {
  return new DistillError("UNSUPPORTED", `${place} holds no documents about its images`, {
    hint: "attach them in a registry or in an OCI layout (oci:DIR), or write them to files",
  });
}
