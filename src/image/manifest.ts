import { DistillError } from "../lib/errors.ts";
import { type Descriptor, decodeDescriptor, descriptorToJson } from "./descriptor.ts";
import {
  encodeJson,
  type JsonObject,
  optionalObject,
  optionalString,
  optionalStringMap,
  parseJsonObject,
  present,
  requiredObject,
  requiredObjects,
  type StringMap,
  sortedMap,
} from "./json.ts";
import { isIndexType, isManifestType, MediaType } from "./media-types.ts";

/** An image manifest (image-spec, manifest.md), or Docker's schema 2, which has the same fields. */
export interface Manifest {
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: StringMap;
}

/** An image index (image-spec, image-index.md), or Docker's manifest list. */
export interface Index {
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: StringMap;
}

/** Registries may refuse more than 4 MiB (distribution-spec), so a larger document is no manifest. */
const MAX_MANIFEST = 4 << 20;

/** Reads a manifest of at most 4 MiB; throws FORMAT_INVALID, UNSUPPORTED (an index, schema 1) or LIMIT_EXCEEDED. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const object = parseJsonObject(bytes, "image manifest", MAX_MANIFEST);
  const mediaType = typeOf(object, MediaType.ociManifest);
  if (!isManifestType(mediaType) || object.fields.has("manifests")) {
    throw new DistillError("UNSUPPORTED", `not an image manifest but ${mediaType}`);
  }
  return present({
    mediaType,
    artifactType: optionalString(object, "artifactType"),
    config: decodeDescriptor(requiredObject(object, "config")),
    layers: requiredObjects(object, "layers").map(decodeDescriptor),
    subject: optionalDescriptor(object, "subject"),
    annotations: optionalStringMap(object, "annotations"),
  }) as Manifest;
}

/** Reads an index of at most 4 MiB; throws FORMAT_INVALID, UNSUPPORTED or LIMIT_EXCEEDED. */
export function decodeIndex(bytes: Uint8Array): Index {
  const object = parseJsonObject(bytes, "image index", MAX_MANIFEST);
  const mediaType = typeOf(object, MediaType.ociIndex);
  if (!isIndexType(mediaType) || object.fields.has("layers")) {
    throw new DistillError("UNSUPPORTED", `not an image index but ${mediaType}`);
  }
  return present({
    mediaType,
    artifactType: optionalString(object, "artifactType"),
    manifests: requiredObjects(object, "manifests").map(decodeDescriptor),
    subject: optionalDescriptor(object, "subject"),
    annotations: optionalStringMap(object, "annotations"),
  }) as Index;
}

/** The manifest as JSON whose bytes depend on its values only (see encodeConfig). */
export function encodeManifest(manifest: Manifest): Uint8Array {
  return encodeJson({
    schemaVersion: 2,
    mediaType: manifest.mediaType,
    artifactType: manifest.artifactType,
    config: descriptorToJson(manifest.config),
    layers: manifest.layers.map(descriptorToJson),
    subject: manifest.subject && descriptorToJson(manifest.subject),
    annotations: sortedMap(manifest.annotations),
  });
}

/** The index as JSON whose bytes depend on its values only (see encodeConfig). */
export function encodeIndex(index: Index): Uint8Array {
  return encodeJson({
    schemaVersion: 2,
    mediaType: index.mediaType,
    artifactType: index.artifactType,
    manifests: index.manifests.map(descriptorToJson),
    subject: index.subject && descriptorToJson(index.subject),
    annotations: sortedMap(index.annotations),
  });
}

function optionalDescriptor(object: JsonObject, key: string): Descriptor | undefined {
  const value = optionalObject(object, key);
  return value === undefined ? undefined : decodeDescriptor(value);
}

function typeOf(object: JsonObject, otherwise: string): string {
  if (object.fields.get("schemaVersion") !== 2) {
    throw new DistillError("UNSUPPORTED", `${object.what} has schemaVersion ${object.fields.get("schemaVersion")}`, {
      hint: "only schemaVersion 2 can be read; ask the registry or the tool that wrote it for an OCI manifest",
    });
  }
  return optionalString(object, "mediaType") ?? otherwise;
}
