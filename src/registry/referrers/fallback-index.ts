import { type Descriptor, decodeDescriptor, descriptorToJson } from "../../image/descriptor.ts";
import { encodeJson, type JsonObject, optionalObjects, optionalString, parseJsonObject } from "../../image/json.ts";
import { MediaType } from "../../image/media-types.ts";
import type { Digest } from "../../lib/digest.ts";
import { DistillError } from "../../lib/errors.ts";

/** Registries may refuse more than 4 MiB (distribution-spec), and nobody reads it then. */
const MAX_INDEX = 4 << 20;

/**
 * What an index of referrers lists (distribution-spec, "Referrers Tag Schema"), in its order. `raw` undefined: there is
 * none yet. Throws FORMAT_INVALID, UNSUPPORTED, LIMIT_EXCEEDED.
 */
export function listedReferrers(raw: Uint8Array | undefined): readonly Descriptor[] {
  return entriesOf(parse(raw)).map(decodeDescriptor);
}

/**
 * The index with one referrer more, at the end; undefined where it is listed already. Whatever other tools wrote into it
 * stays as it is. Throws as `listedReferrers`, and LIMIT_EXCEEDED where the index would become too large.
 */
export function withReferrer(raw: Uint8Array | undefined, referrer: Descriptor): Uint8Array | undefined {
  const index = parse(raw);
  const entries = entriesOf(index);
  if (entries.some((entry) => isOf(entry, referrer.digest))) return undefined;
  const encoded = encode(index, [...entries.map(asObject), descriptorToJson(referrer)]);
  if (encoded.length <= MAX_INDEX) return encoded;
  throw new DistillError("LIMIT_EXCEEDED", `a list of ${entries.length + 1} referrers has more than 4 MiB`, {
    hint: "delete those that nobody needs any more",
  });
}

/** The index without this referrer; undefined where it is not listed. Otherwise as `withReferrer`. */
export function withoutReferrer(raw: Uint8Array | undefined, referrer: Digest): Uint8Array | undefined {
  const index = parse(raw);
  const entries = entriesOf(index);
  const left = entries.filter((entry) => !isOf(entry, referrer));
  return left.length === entries.length ? undefined : encode(index, left.map(asObject));
}

function parse(raw: Uint8Array | undefined): JsonObject {
  if (raw === undefined) return { what: "list of referrers", fields: new Map([["schemaVersion", 2]]) };
  const index = parseJsonObject(raw, "list of referrers", MAX_INDEX);
  const mediaType = optionalString(index, "mediaType") ?? MediaType.ociIndex;
  const version = index.fields.get("schemaVersion");
  if (mediaType === MediaType.ociIndex && version === 2 && !index.fields.has("layers")) return index;
  throw new DistillError("UNSUPPORTED", `not an OCI index but ${mediaType} of schemaVersion ${version}`);
}

/** Go writes an empty list as null. */
function entriesOf(index: JsonObject): readonly JsonObject[] {
  return optionalObjects(index, "manifests") ?? [];
}

function isOf(entry: JsonObject, digest: Digest): boolean {
  return entry.fields.get("digest") === digest;
}

function asObject({ fields }: JsonObject): object {
  return Object.fromEntries(fields);
}

function encode(index: JsonObject, manifests: readonly object[]): Uint8Array {
  const fields = new Map(index.fields).set("mediaType", MediaType.ociIndex).set("manifests", manifests);
  return encodeJson(Object.fromEntries(fields));
}
