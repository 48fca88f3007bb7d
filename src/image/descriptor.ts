import { type Digest, isDigest } from "../lib/digest.ts";
import { DistillError } from "../lib/errors.ts";
import {
  type JsonObject,
  optionalObject,
  optionalString,
  optionalStringMap,
  optionalStrings,
  present,
  requiredSize,
  requiredString,
  type StringMap,
  sortedMap,
} from "./json.ts";
import type { Platform } from "./platform.ts";

/** Names a blob (image-spec, descriptor.md). `size` in bytes. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly urls?: readonly string[];
  readonly annotations?: StringMap;
  readonly artifactType?: string;
  readonly platform?: Platform;
}

/** Reads a descriptor; throws FORMAT_INVALID. Fields that distill does not use (`data`) are dropped. */
export function decodeDescriptor(object: JsonObject): Descriptor {
  const platform = optionalObject(object, "platform");
  return present({
    mediaType: requiredString(object, "mediaType"),
    digest: decodeDigest(object, "digest"),
    size: requiredSize(object, "size"),
    urls: optionalStrings(object, "urls"),
    annotations: optionalStringMap(object, "annotations"),
    artifactType: optionalString(object, "artifactType"),
    platform:
      platform === undefined
        ? undefined
        : present({
            os: requiredString(platform, "os"),
            architecture: requiredString(platform, "architecture"),
            variant: optionalString(platform, "variant") || undefined,
          }),
  }) as Descriptor;
}

/** The descriptor with its keys in a fixed order, ready for JSON. */
export function descriptorToJson(descriptor: Descriptor): object {
  const { platform } = descriptor;
  return {
    mediaType: descriptor.mediaType,
    digest: descriptor.digest,
    size: descriptor.size,
    urls: descriptor.urls,
    annotations: sortedMap(descriptor.annotations),
    platform: platform && { architecture: platform.architecture, os: platform.os, variant: platform.variant },
    artifactType: descriptor.artifactType,
  };
}

/** A digest field; an algorithm other than sha256 is refused by name. */
export function decodeDigest(object: JsonObject, key: string): Digest {
  return checkDigest(requiredString(object, key), `${object.what}: ${key}`);
}

export function checkDigest(text: string, what: string): Digest {
  if (isDigest(text)) return text;
  throw new DistillError("FORMAT_INVALID", `${what} is not a sha256 digest: ${JSON.stringify(text.slice(0, 100))}`);
}
