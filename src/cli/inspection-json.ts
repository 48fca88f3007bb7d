import type { NamedInspection } from "../app/inspect-images.ts";
import type { InspectedEntry, InspectedManifest, Inspection } from "../image/inspection.ts";

/** An image, artifact or index with its documents as they are, unknown fields among them. */
export function inspectionJson({ name, inspection }: NamedInspection): object {
  return { name, ...asJson(inspection) };
}

function asJson(inspection: Inspection): object {
  const { kind, content } = inspection;
  const { mediaType, digest, size } = content.descriptor;
  const descriptor = { mediaType, digest, size };
  if (inspection.kind === "index") {
    return { kind, descriptor, index: parsed(content.raw), entries: inspection.entries.map(entryJson) };
  }
  return { kind, descriptor, ...manifestJson(inspection) };
}

function manifestJson({ content, config, platform, layers, compressed, uncompressed }: InspectedManifest): object {
  return {
    imageID: config === undefined ? null : content.manifest.config.digest,
    platform: platform ?? null,
    sizes: { compressed, uncompressed },
    layers: layers.map((layer) => ({
      mediaType: layer.descriptor.mediaType,
      digest: layer.descriptor.digest,
      diffID: layer.diffID,
      compressed: layer.compressed,
      uncompressed: layer.uncompressed,
    })),
    manifest: parsed(content.raw),
    config: config === undefined ? null : parsed(config.raw),
  };
}

function entryJson({ descriptor, held }: InspectedEntry): object {
  return held === undefined ? { kind: null, descriptor } : asJson(held);
}

function parsed(raw: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(raw));
}
