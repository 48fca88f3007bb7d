import type { Descriptor } from "../image/descriptor.ts";
import { MediaType } from "../image/media-types.ts";
import { type Digest, digestOf, isDigest } from "../lib/digest.ts";
import { DistillError, isDistillError } from "../lib/errors.ts";
import type { HttpHeaders, HttpResponse } from "../lib/http/request.ts";
import type { Scope } from "./auth/scope.ts";
import type { RegistryClient } from "./client.ts";
import { answerFailure, protocolFailure } from "./failures.ts";

/** A manifest or index as the registry has it. */
export interface RawManifest {
  readonly raw: Uint8Array;
  readonly descriptor: Descriptor;
}

/** Registries may refuse more than 4 MiB (distribution-spec). */
const MAX_MANIFEST = 4 << 20;

const ACCEPTED = [MediaType.ociIndex, MediaType.dockerManifestList, MediaType.ociManifest, MediaType.dockerManifest];
const ACCEPT: HttpHeaders = { accept: ACCEPTED.join(", ") };

/**
 * The manifest of that tag or digest, verified against the digest and, where it is given, the size. Throws NO_SUCH_IMAGE,
 * UNAUTHORIZED, REGISTRY, UNSUPPORTED for Docker's schema 1, NETWORK.
 */
export async function getManifest(client: RegistryClient, name: string, size?: number): Promise<RawManifest> {
  const { remote } = client;
  let raw: Uint8Array;
  let headers: HttpHeaders;
  try {
    const immutable = isDigest(name);
    const response = await client.download(`manifests/${name}`, { headers: ACCEPT, maxBytes: MAX_MANIFEST, immutable });
    if (response.status !== 200) throw await answerFailure(remote, response, "read", what(client, name));
    headers = response.headers;
    raw = Buffer.concat(await Array.fromAsync(response.body));
  } catch (error) {
    if (!isDistillError(error, "LIMIT_EXCEEDED")) throw error;
    throw protocolFailure(remote, `sends a manifest of more than ${MAX_MANIFEST >> 20} MiB`, error);
  }
  const digest = digestOf(raw);
  const mediaType = plainType(headers["content-type"]);
  if (mediaType.startsWith("application/vnd.docker.distribution.manifest.v1+")) throw schema1(what(client, name));
  refuseOther(client, name, digest, size, raw.length);
  refuseContradiction(client, name, headers["docker-content-digest"], digest);
  return { raw, descriptor: { mediaType, digest, size: raw.length } };
}

/**
 * Digest of what a tag stands for, without fetching it where the registry says so in a header; undefined where there is
 * none.
 */
export async function headManifest(
  client: RegistryClient,
  name: string,
  scope: Scope = client.scope("pull"),
): Promise<Digest | undefined> {
  const response = await client.request({
    ...{ method: "HEAD", at: `manifests/${name}`, headers: ACCEPT, scopes: [scope], doing: "read" },
  });
  await response.discard();
  if (response.status === 404) return undefined;
  if (response.status !== 200) throw await answerFailure(client.remote, response, "read", what(client, name));
  const digest = response.headers["docker-content-digest"];
  if (digest !== undefined && isDigest(digest)) return digest;
  return (await getManifest(client, name)).descriptor.digest;
}

/** Stores a manifest under a tag or its digest, byte for byte. The answer's headers, for OCI-Subject. */
export async function putManifest(
  client: RegistryClient,
  name: string,
  { raw, descriptor }: RawManifest,
): Promise<HttpHeaders> {
  const response = await client.request({
    ...{ method: "PUT", at: `manifests/${name}`, scopes: [client.scope("pull", "push")], doing: "push to" },
    headers: { "content-type": descriptor.mediaType, "content-length": String(raw.length) },
    body: () => raw,
  });
  if (response.status !== 201 && response.status !== 200) throw await answerFailure(client.remote, response, "push to");
  await response.discard();
  refuseContradiction(client, name, response.headers["docker-content-digest"], descriptor.digest);
  return response.headers;
}

/** Deletes a manifest; throws NO_SUCH_IMAGE where there is none, UNSUPPORTED where the registry deletes nothing. */
export async function deleteManifest(client: RegistryClient, digest: Digest | string): Promise<void> {
  const response = await client.request({
    ...{ method: "DELETE", at: `manifests/${digest}`, scopes: [client.scope("pull", "delete")], doing: "delete from" },
  });
  if (response.status === 405 || response.status === 400) {
    await response.discard();
    throw new DistillError("UNSUPPORTED", `${client.remote.host} does not delete manifests`, {
      hint: "whoever runs it can allow that (docker-registry: storage.delete.enabled)",
    });
  }
  await expect(client, response, [202, 200], "delete from", what(client, digest));
}

async function expect(
  client: RegistryClient,
  response: HttpResponse,
  statuses: readonly number[],
  doing: string,
  missing: string,
): Promise<void> {
  if (!statuses.includes(response.status)) throw await answerFailure(client.remote, response, doing, missing);
  await response.discard();
}

function what({ remote }: RegistryClient, name: string): string {
  return `${remote.registry}/${remote.path}${isDigest(name) ? "@" : ":"}${name}`;
}

/** A Content-Type without its parameters, in lower case; empty where there is none. */
export function plainType(header: string | undefined): string {
  return (header ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

function refuseOther(
  { remote }: RegistryClient,
  name: string,
  found: Digest,
  size: number | undefined,
  foundSize: number,
): void {
  const problem =
    isDigest(name) && name !== found
      ? `the content of ${found}`
      : size !== undefined && size !== foundSize
        ? `${foundSize} bytes instead of ${size}`
        : undefined;
  if (problem === undefined) return;
  throw new DistillError("DIGEST_MISMATCH", `${remote.host} sends, for the manifest ${name}, ${problem}`, {
    hint: "its source sent something else than it promised; try again or use another source",
  });
}

function refuseContradiction({ remote }: RegistryClient, name: string, header: string | undefined, own: Digest): void {
  if (header === undefined || header === own || !isDigest(header)) return;
  throw protocolFailure(remote, `says that ${name} has the digest ${header}, but its content has ${own}`);
}

function schema1(name: string): DistillError {
  return new DistillError("UNSUPPORTED", `${name} is in Docker's image format of 2015 (schema 1), which is not read`, {
    hint: "pull and push it once with Docker before 28, which converts it, or build it again",
  });
}
