import { rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { digestOfFile } from "../../lib/digest-of-file.ts";
import { makeDirectories } from "../../lib/directories.ts";
import { DistillError, fromSystemError, isDistillError } from "../../lib/errors.ts";
import { ifExists, writeAtomically, writeStream } from "../../lib/files.ts";
import { type Download, download } from "../../lib/http/download.ts";
import { statusError } from "../../lib/http/errors.ts";
import type { HttpHeaders } from "../../lib/http/request.ts";
import { DEFAULT_HTTP_POLICY, type HttpPolicy } from "../../lib/http/retry.ts";
import { shownUrl } from "../../lib/http/url.ts";
import { readSmallFile } from "../../lib/read-small-file.ts";
import type { SeenFile } from "../database/state.ts";

/** What came of asking for a file. */
export type FetchedFile =
  | { readonly kind: "unchanged" }
  | { readonly kind: "missing" }
  | { readonly kind: "fetched"; readonly seen: SeenFile };

export interface FetchRequest {
  readonly url: string;
  /** Where the file is put, and where an earlier try may have left its beginning. */
  readonly path: string;
  /** What is known of it: it is only wanted where it is another one now. */
  readonly known: SeenFile | undefined;
  readonly maxBytes: number;
  readonly policy: Partial<HttpPolicy>;
  readonly signal: AbortSignal | undefined;
  readonly onProgress?: (received: number, total: number | undefined) => void;
}

/** By what a server tells whether it still has the same file; strong ETags alone (RFC 9110, section 13.1.5). */
interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

const MAX_RECORD = 64 * 1024;
const MAX_VALIDATOR = 8 * 1024;

/**
 * GETs a file of the web into `path`. What a cut connection, Ctrl-C or a kill has left of it is gone on with, where the
 * server says that it still has the same file; else it begins anew. NETWORK, LIMIT_EXCEEDED, CANCELLED, DISK_FULL; the
 * beginning stays for the next try.
 */
export async function fetchFile(request: FetchRequest): Promise<FetchedFile> {
  const { attempts } = { ...DEFAULT_HTTP_POLICY, ...request.policy };
  makeParent(request.path);
  for (let tries = 1; ; tries++) {
    const before = sizeOf(request.path);
    try {
      const answer = await ask(request);
      if (answer !== "again") return answer;
    } catch (error) {
      // A download that was cut is resumed by download() itself; one that had been resumed already is not.
      const grew = before > 0 && sizeOf(request.path) > before;
      if (!grew || !isDistillError(error, "NETWORK") || tries >= attempts) throw error;
    }
    if (tries > attempts + 1) throw new DistillError("NETWORK", `${shownUrl(request.url)} answers in contradictions`);
  }
}

/** The file and what is remembered of its beginning. */
export function forgetFile(path: string): void {
  for (const each of [path, recordPath(path)]) rmSync(each, { force: true });
}

async function ask(request: FetchRequest): Promise<FetchedFile | "again"> {
  const { url, path, known } = request;
  const size = sizeOf(path);
  const begun = size === 0 ? undefined : await readRecord(path);
  const validator = begun?.etag ?? begun?.lastModified;
  if (size > 0 && validator === undefined) forgetFile(path);
  const resuming = size > 0 && validator !== undefined;
  const headers: HttpHeaders = resuming
    ? { range: `bytes=${size}-`, "if-range": validator }
    : known === undefined
      ? {}
      : conditions(known);
  const response = await download({
    ...{ url, headers, policy: request.policy, signal: request.signal },
    maxBytes: request.maxBytes - (resuming ? size : 0),
    onProgress: (received, total) => {
      const ahead = resuming && response.status === 206 ? size : 0;
      request.onProgress?.(received + ahead, total === undefined ? undefined : total + ahead);
    },
  });
  const { status } = response;
  if (status === 200) {
    const validators = validatorsOf(response);
    forgetFile(path);
    await writeRecord(path, validators);
    await writeBody(path, "w", response);
    return fetched(path, validators);
  }
  if (resuming && status === 206 && startOf(response) === size) {
    await writeBody(path, "a", response);
    return fetched(path, begun ?? {});
  }
  await response.discard();
  if (status === 304 && !resuming && known !== undefined) return { kind: "unchanged" };
  if (resuming && status === 416 && totalOf(response) === size) return fetched(path, begun ?? {});
  if (status === 206 || status === 416) {
    forgetFile(path);
    return "again";
  }
  if (status === 404 || status === 410) return { kind: "missing" };
  throw statusError(url, status, 1, undefined);
}

/** Whatever has come is on disk, also where no more comes. */
async function writeBody(path: string, flags: "w" | "a", { body }: Download): Promise<void> {
  const failures: unknown[] = [];
  async function* arrived(): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      failures.push(error);
    }
  }
  const handle = await open(path, flags, 0o600).catch((error: unknown) => {
    throw fromSystemError(error, "writing", path);
  });
  try {
    await writeStream(handle, arrived(), path);
  } finally {
    await handle.close();
  }
  if (failures.length > 0) throw failures[0];
}

async function fetched(path: string, validators: Validators): Promise<FetchedFile> {
  const { digest } = await digestOfFile(path);
  return { kind: "fetched", seen: { digest, ...validators } };
}

function conditions({ etag, lastModified }: SeenFile): HttpHeaders {
  return {
    ...(etag === undefined ? {} : { "if-none-match": etag }),
    ...(lastModified === undefined ? {} : { "if-modified-since": lastModified }),
  };
}

/** A weak ETag serves no range, but says as well as a strong one whether anything has changed. */
function validatorsOf({ headers }: Download): Validators {
  const etag = kept(headers.etag);
  const lastModified = kept(headers["last-modified"]);
  return { ...(etag === undefined ? {} : { etag }), ...(lastModified === undefined ? {} : { lastModified }) };
}

function kept(value: string | undefined): string | undefined {
  return value === undefined || value.length > MAX_VALIDATOR ? undefined : value;
}

function startOf({ headers }: Download): number | undefined {
  const start = /^bytes (\d+)-/.exec(headers["content-range"] ?? "")?.[1];
  return start === undefined ? undefined : Number(start);
}

function totalOf({ headers }: Download): number | undefined {
  const total = /^bytes (?:\*|\d+-\d+)\/(\d+)$/.exec(headers["content-range"] ?? "")?.[1];
  return total === undefined ? undefined : Number(total);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function recordPath(path: string): string {
  return `${path}.json`;
}

async function readRecord(path: string): Promise<Validators | undefined> {
  const record = recordPath(path);
  try {
    const bytes = await ifExists(readSmallFile(record, MAX_RECORD, record));
    if (bytes === undefined) return undefined;
    const { etag, lastModified } = JSON.parse(bytes.toString("utf8")) as Readonly<Record<string, unknown>>;
    return {
      ...(typeof etag === "string" && etag.startsWith('"') ? { etag } : {}),
      ...(typeof lastModified === "string" ? { lastModified } : {}),
    };
  } catch {
    return undefined;
  }
}

async function writeRecord(path: string, validators: Validators): Promise<void> {
  const text = JSON.stringify(validators);
  await writeAtomically(recordPath(path), dirname(path), (file) => file.writeFile(text), { durable: false });
}

function makeParent(path: string): void {
  try {
    makeDirectories(dirname(path), 0o700);
  } catch (error) {
    throw fromSystemError(error, "creating", dirname(path));
  }
}
