import type { Digest } from "../../lib/digest.ts";
import { DistillError } from "../../lib/errors.ts";
import type { HttpResponse } from "../../lib/http/request.ts";
import type { RegistryClient } from "../client.ts";
import { answerFailure, protocolFailure } from "../failures.ts";

/** An upload under way (distribution-spec, "Pushing a blob in chunks"): where the next bytes go, and which those are. */
export interface UploadSession {
  readonly location: URL;
  /** How many bytes the registry has. */
  readonly offset: number;
  /** The registry takes no smaller chunk, but for the last. */
  readonly minChunk: number;
}

/** A new upload; with `from`, the blob itself where the registry can take it from that repository. */
export async function beginUpload(
  client: RegistryClient,
  mount?: { readonly digest: Digest; readonly from: string },
): Promise<UploadSession | "mounted"> {
  const query =
    mount === undefined ? "" : `?mount=${encodeURIComponent(mount.digest)}&from=${encodeURIComponent(mount.from)}`;
  const scopes = [client.scope("pull", "push")];
  const response = await client.request({
    ...{ method: "POST", at: `blobs/uploads/${query}`, doing: "push to", body: () => new Uint8Array() },
    headers: { "content-length": "0" },
    scopes: mount === undefined ? scopes : [...scopes, { repository: mount.from, actions: ["pull"] }],
  });
  if (response.status === 201 && mount !== undefined) {
    await response.discard();
    refuseOther(client, mount.digest, response);
    return "mounted";
  }
  if (response.status !== 202) throw await answerFailure(client.remote, response, "push to");
  await response.discard();
  return sessionOf(client, response, 0);
}

/** How far an upload is; undefined where the registry has forgotten it. */
export async function resumeUpload(
  client: RegistryClient,
  known: Pick<UploadSession, "location"> & Partial<UploadSession>,
): Promise<UploadSession | undefined> {
  const response = await client.request({
    ...{ method: "GET", at: known.location, scopes: [client.scope("pull", "push")], doing: "push to" },
  });
  await response.discard();
  if (response.status !== 204 && response.status !== 202 && response.status !== 200) return undefined;
  return sessionOf(client, response, 0, known);
}

/**
 * Where the answer to a chunk says that the upload goes on; `expected` where it does not say how far it is, and for the
 * rest what was `known` before.
 */
export function sessionOf(
  client: RegistryClient,
  response: HttpResponse,
  expected: number,
  known?: Partial<UploadSession>,
): UploadSession {
  const { location, range, "oci-chunk-min-length": least } = response.headers;
  const url = location === undefined ? known?.location : resolveLocation(location, response.url);
  if (url === undefined) throw protocolFailure(client.remote, "begins an upload and does not say where");
  const told = /^\d{1,9}$/.exec(least ?? "")?.[0];
  return {
    location: url,
    offset: offsetOf(range) ?? expected,
    // Told when an upload begins, and not necessarily again.
    minChunk: told === undefined ? (known?.minChunk ?? 0) : Number(told),
  };
}

/** REGISTRY where an answer names another blob than it was to store. */
export function refuseOther({ remote }: RegistryClient, digest: Digest, { headers }: HttpResponse): void {
  const said = headers["docker-content-digest"];
  if (said === undefined || said === digest) return;
  throw protocolFailure(remote, `says that it has stored ${said.slice(0, 100)}, where it was to be blob ${digest}`);
}

/** Gives an upload up, so that the registry need not keep it. Failures do not matter. */
export async function abandonUpload(client: RegistryClient, location: URL): Promise<void> {
  const scopes = [client.scope("pull", "push")];
  await client
    .request({ method: "DELETE", at: location, scopes, doing: "push to", retry: false })
    .then((response) => response.discard())
    .catch(() => {});
}

/** The address that ends an upload; its query stays as the registry wrote it. */
export function closingLocation(location: URL, digest: Digest): URL {
  const separator = location.search === "" ? "?" : "&";
  return new URL(`${location.href}${separator}digest=${encodeURIComponent(digest)}`);
}

/** `0-1023`: 1024 bytes are there. A registry that has none says `0-0`, or nothing. */
function offsetOf(range: string | undefined): number | undefined {
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(range ?? "")?.[1];
  if (last === undefined) return undefined;
  return Number(last) === 0 ? 0 : Number(last) + 1;
}

/** Relative or absolute. One that falls back to http, as registries behind a proxy give, stays with https. */
function resolveLocation(location: string, base: URL): URL {
  const url = URL.parse(location, base.href);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new DistillError("REGISTRY", `${base.host} wants an upload to go to something that is no address`);
  }
  url.hash = "";
  if (base.protocol !== "https:" || url.protocol === "https:") return url;
  if (url.hostname !== base.hostname) {
    throw new DistillError("REGISTRY", `${base.host} wants an upload to go to ${url.host} without encryption`);
  }
  const safe = new URL(url);
  safe.protocol = "https:";
  safe.port = base.port;
  return safe;
}
