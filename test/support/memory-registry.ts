import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** What a registry answers, before anything is done to it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface MemoryOptions {
  /** Entries of one page of tags or referrers, whatever is asked for; default all. */
  readonly page?: number;
  /** Told to clients as OCI-Chunk-Min-Length when an upload begins. */
  readonly minChunk?: number;
  /** False: an upload whose chunk is cut is gone, as with docker-registry 2.8. Default true: what came counts. */
  readonly keepsCutChunks?: boolean;
  /** False: no referrers API. */
  readonly referrers?: boolean;
  /** True: stores what it is sent under whatever digest it is told. */
  readonly trusting?: boolean;
}

/** A manifest as it was pushed. */
interface StoredManifest {
  readonly bytes: Uint8Array;
  readonly type: string;
}

/** An upload under way: what came so far. */
interface Upload {
  readonly chunks: Uint8Array[];
  size: number;
}

/** One repository; tags and digests lead to manifests. */
interface Repository {
  readonly blobs: Map<string, Uint8Array>;
  readonly manifests: Map<string, StoredManifest>;
  readonly tags: Map<string, string>;
}

const EMPTY = new Uint8Array();
const ROUTE = /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests|tags|referrers)\/([^/]*)$/;

export const sha256 = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** An OCI registry (distribution-spec 1.1) that holds everything in memory and tells the truth. */
export class MemoryRegistry {
  readonly #options: MemoryOptions;
  readonly #repositories = new Map<string, Repository>();
  readonly #uploads = new Map<string, Upload>();

  constructor(options: MemoryOptions) {
    this.#options = options;
  }

  /** What is stored, for tests to look at and to change. */
  repository(name: string): Repository {
    const known = this.#repositories.get(name);
    if (known !== undefined) return known;
    const made: Repository = { blobs: new Map(), manifests: new Map(), tags: new Map() };
    this.#repositories.set(name, made);
    return made;
  }

  /** Bytes that unfinished uploads hold. */
  get held(): number {
    return [...this.#uploads.values()].reduce((sum, { size }) => sum + size, 0);
  }

  dropUploads(): void {
    this.#uploads.clear();
  }

  async answer(request: IncomingMessage): Promise<Answer> {
    const { method = "GET" } = request;
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://host");
    if (pathname === "/v2/") return ok(200, {}, "{}");
    const [, name = "", kind, reference = ""] = ROUTE.exec(decodeURIComponent(pathname)) ?? [];
    const repository = this.repository(name);
    if (kind === "blobs/uploads") return this.#upload(request, method, name, reference, searchParams);
    if (kind === "blobs") return blob(repository, method, reference, request.headers.range);
    if (kind === "manifests" && method === "PUT") return this.#putManifest(request, repository, name, reference);
    if (kind === "manifests") return manifest(repository, method, reference);
    if (kind === "tags") return this.#tags(repository, name, searchParams);
    if (kind === "referrers" && this.#options.referrers !== false) {
      return this.#referrers(repository, name, reference, searchParams);
    }
    return fail(404, "NOT_FOUND");
  }

  async #upload(
    request: IncomingMessage,
    method: string,
    name: string,
    id: string,
    query: URLSearchParams,
  ): Promise<Answer> {
    if (method === "POST") return this.#begin(name, query);
    const upload = this.#uploads.get(id);
    if (upload === undefined) {
      for await (const _ of request);
      return fail(404, "BLOB_UPLOAD_UNKNOWN");
    }
    if (method === "DELETE") {
      this.#uploads.delete(id);
      return ok(204);
    }
    if (method === "GET") return ok(204, this.#progress(name, id, upload));
    const start = /^(\d+)-\d+$/.exec(request.headers["content-range"] ?? "")?.[1];
    if (method === "PATCH" && start !== undefined && Number(start) !== upload.size) {
      for await (const _ of request);
      return ok(416, this.#progress(name, id, upload));
    }
    await this.#receive(request, id, upload);
    if (method === "PATCH") return ok(202, this.#progress(name, id, upload));
    const bytes = Buffer.concat(upload.chunks);
    const digest = query.get("digest") ?? "";
    this.#uploads.delete(id);
    if (sha256(bytes) !== digest && this.#options.trusting !== true) return fail(400, "DIGEST_INVALID");
    this.repository(name).blobs.set(digest, bytes);
    return ok(201, { location: `/v2/${name}/blobs/${digest}`, "docker-content-digest": digest });
  }

  #begin(name: string, query: URLSearchParams): Answer {
    const [mount, from] = [query.get("mount"), query.get("from")];
    const there = mount === null || from === null ? undefined : this.repository(from).blobs.get(mount);
    if (mount !== null && there !== undefined) {
      this.repository(name).blobs.set(mount, there);
      return ok(201, { location: `/v2/${name}/blobs/${mount}`, "docker-content-digest": mount });
    }
    const id = randomUUID();
    const upload: Upload = { chunks: [], size: 0 };
    this.#uploads.set(id, upload);
    const { minChunk } = this.#options;
    const least = minChunk === undefined ? {} : { "oci-chunk-min-length": String(minChunk) };
    return ok(202, { ...this.#progress(name, id, upload), ...least });
  }

  #progress(name: string, id: string, { size }: Upload): Record<string, string> {
    return { location: `/v2/${name}/blobs/uploads/${id}?state=${size}`, range: `0-${Math.max(0, size - 1)}` };
  }

  async #receive(request: IncomingMessage, id: string, upload: Upload): Promise<void> {
    try {
      for await (const chunk of request) {
        upload.chunks.push(chunk);
        upload.size += chunk.length;
      }
    } catch (error) {
      if (this.#options.keepsCutChunks === false) this.#uploads.delete(id);
      throw error;
    }
  }

  async #putManifest(
    request: IncomingMessage,
    repository: Repository,
    name: string,
    reference: string,
  ): Promise<Answer> {
    const bytes = Buffer.concat(await Array.fromAsync(request));
    const digest = sha256(bytes);
    if (reference.includes(":") && reference !== digest) return fail(400, "DIGEST_INVALID");
    const missing = namedBy(bytes).find((each) => !repository.blobs.has(each) && !repository.manifests.has(each));
    if (missing !== undefined) return fail(400, "MANIFEST_BLOB_UNKNOWN");
    repository.manifests.set(digest, { bytes, type: request.headers["content-type"] ?? "" });
    if (!reference.includes(":")) repository.tags.set(reference, digest);
    const subject = JSON.parse(bytes.toString("utf8")).subject?.digest;
    const told = subject === undefined || this.#options.referrers === false ? {} : { "oci-subject": subject };
    return ok(201, { location: `/v2/${name}/manifests/${digest}`, "docker-content-digest": digest, ...told });
  }

  #tags(repository: Repository, name: string, query: URLSearchParams): Answer {
    if (repository.manifests.size === 0) return fail(404, "NAME_UNKNOWN");
    const all = [...repository.tags.keys()].sort();
    const left = all.filter((tag) => tag > (query.get("last") ?? ""));
    const page = left.slice(0, this.#options.page ?? Number(query.get("n") ?? left.length));
    const more = page.length < left.length;
    const link = more ? { link: `</v2/${name}/tags/list?n=${page.length}&last=${page.at(-1)}>; rel="next"` } : {};
    return ok(200, { "content-type": "application/json", ...link }, JSON.stringify({ name, tags: page }));
  }

  #referrers(repository: Repository, name: string, subject: string, query: URLSearchParams): Answer {
    const type = query.get("artifactType");
    const all = [...repository.manifests].flatMap(([digest, { bytes, type: mediaType }]) => {
      const document = JSON.parse(Buffer.from(bytes).toString("utf8"));
      if (document.subject?.digest !== subject) return [];
      const artifactType = document.artifactType ?? document.config?.mediaType;
      return [{ mediaType, digest, size: bytes.length, artifactType, annotations: document.annotations }];
    });
    const wanted = all.filter(({ artifactType }) => type === null || artifactType === type);
    const from = Number(query.get("from") ?? 0);
    const page = wanted.slice(from, from + (this.#options.page ?? wanted.length));
    const next = from + page.length;
    const filter = type === null ? "" : `&artifactType=${encodeURIComponent(type)}`;
    const mediaType = "application/vnd.oci.image.index.v1+json";
    const headers = {
      "content-type": mediaType,
      ...(type === null ? {} : { "oci-filters-applied": "artifactType" }),
      ...(next < wanted.length ? { link: `</v2/${name}/referrers/${subject}?from=${next}${filter}>; rel="next"` } : {}),
    };
    return ok(200, headers, JSON.stringify({ schemaVersion: 2, mediaType, manifests: page }));
  }
}

function blob({ blobs }: Repository, method: string, digest: string, range: string | undefined): Answer {
  const bytes = blobs.get(digest);
  if (bytes === undefined) return fail(404, "BLOB_UNKNOWN");
  if (method === "DELETE") {
    blobs.delete(digest);
    return ok(202);
  }
  const headers = { "content-type": "application/octet-stream", "docker-content-digest": digest };
  const start = /^bytes=(\d+)-$/.exec(range ?? "")?.[1];
  if (start === undefined) return ok(200, headers, bytes);
  if (Number(start) >= bytes.length) return fail(416, "RANGE_INVALID");
  const from = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
  return ok(206, { ...headers, "content-range": from }, bytes.subarray(Number(start)));
}

function manifest({ manifests, tags }: Repository, method: string, reference: string): Answer {
  const digest = tags.get(reference) ?? reference;
  const found = manifests.get(digest);
  if (found === undefined) return fail(404, "MANIFEST_UNKNOWN");
  if (method === "DELETE") {
    manifests.delete(digest);
    for (const [tag, named] of tags) if (named === digest) tags.delete(tag);
    return ok(202);
  }
  return ok(200, { "content-type": found.type, "docker-content-digest": digest }, found.bytes);
}

/** Config, layers and manifests that a document names, but for layers that lie elsewhere. */
function namedBy(bytes: Uint8Array): readonly string[] {
  const { config, layers = [], manifests = [] } = JSON.parse(Buffer.from(bytes).toString("utf8"));
  const own = layers.filter(({ urls }: { urls?: unknown }) => urls === undefined);
  return [...(config === undefined ? [] : [config]), ...own, ...manifests].map(({ digest }) => digest);
}

export function ok(status: number, headers: Readonly<Record<string, string>> = {}, body: string | Uint8Array = EMPTY) {
  return { status, headers, body: typeof body === "string" ? Buffer.from(body) : body };
}

export function fail(status: number, code: string): Answer {
  return ok(
    status,
    { "content-type": "application/json" },
    JSON.stringify({ errors: [{ code, message: `no ${code}` }] }),
  );
}
