import { platformOf } from "../image/config.ts";
import { type Content, configOf, type ManifestContent } from "../image/content.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { BuildQuestion } from "../inventory/documents/provenance.ts";
import { asTask } from "../lib/progress.ts";
import { sourceDateEpoch } from "../lib/source-date-epoch.ts";
import type { Store } from "../store/store.ts";
import { attachDocuments, type ImageDocument } from "./attach-document.ts";
import { recallMaterials } from "./build-materials.ts";
import { type ImageRoot, ImageRoots } from "./image-roots.ts";
import { layerStories } from "./layer-stories.ts";
import { lookInto } from "./look-into.ts";
import type { RegistryAccess } from "./registry-access.ts";
import type { PreparedDestination } from "./write-content.ts";

/** Documents that are attached to what is made. */
export interface DocumentWishes {
  readonly formats: readonly ("cyclonedx" | "spdx")[];
  readonly asked: BuildQuestion;
  /** Version of distill. */
  readonly version: string;
}

/**
 * Attaches an SBOM in each format, and the provenance of the build, to each image of what was written to places that can hold
 * documents: registries and OCI layouts. Says so where no place can.
 */
export async function attachInventory(
  store: Store,
  content: Content,
  places: readonly PreparedDestination[],
  wishes: DocumentWishes,
  access: RegistryAccess,
): Promise<void> {
  const holding = places.filter((to) => to.kind === "registry" || to.destination.transport === "oci");
  if (holding.length === 0) {
    access.progress.info("Nothing that was written can hold an SBOM: --push and -o oci:DIR can; distill sbom shows it");
    return;
  }
  await using lease = store.lease("documents of an image");
  await using roots = new ImageRoots(store, lease, { ...access, offline: true });
  for (const image of await imagesIn(content)) {
    const root = await roots.open(image.descriptor.digest, image.descriptor.digest, undefined);
    const look = await lookInto(root, store, lease, access);
    const documents = await documentsOf(root, look, store, wishes);
    await asTask(access.progress, "Attaching SBOM and provenance", async () => {
      for (const to of holding) await attachDocuments(to, subjectOf(image), documents, access, store);
    });
  }
}

async function imagesIn(content: Content): Promise<readonly ManifestContent[]> {
  if (content.kind === "manifest") return [content];
  const entries = await Promise.all(content.index.manifests.map((entry) => content.child(entry)));
  return entries.flatMap((entry) => (entry.kind === "manifest" ? [entry] : []));
}

function subjectOf({ descriptor: { mediaType, digest, size } }: ManifestContent): Descriptor {
  return { mediaType, digest, size };
}

async function documentsOf(
  { content, layers }: ImageRoot,
  { summary }: Awaited<ReturnType<typeof lookInto>>,
  store: Store,
  { formats, asked, version }: DocumentWishes,
): Promise<readonly ImageDocument[]> {
  const { inventoryDocument } = await import("../inventory/documents/write-document.ts");
  const { provenanceStatement } = await import("../inventory/documents/provenance.ts");
  const config = await configOf(content);
  const platform = platformOf(config);
  const imageID = content.manifest.config.digest;
  const manifestDigest = content.descriptor.digest;
  const created = process.env.SOURCE_DATE_EPOCH ? new Date(sourceDateEpoch() * 1000).toISOString() : config.created;
  const image = { name: manifestDigest, imageID, manifestDigest, platform, created };
  const sboms: ImageDocument[] = [];
  for (const kind of formats) {
    sboms.push({ kind, text: await inventoryDocument(kind, { inventory: summary, image, version }) });
  }
  const stories = layerStories(store, imageID, config);
  const provenance = provenanceStatement({
    ...{ subjects: [{ name: manifestDigest, digest: manifestDigest }], platform, asked, version },
    ...recallMaterials(store, imageID),
    layers: layers.flatMap(({ diffID }, index) => {
      const story = stories[index];
      return story === undefined ? [] : { diffID, story };
    }),
  });
  return [...sboms, { kind: "provenance", text: provenance }];
}
