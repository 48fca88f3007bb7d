import { randomBytes } from "node:crypto";
import { rmSync, statSync, utimesSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, Digester, digestOf, hexOf, isDigest } from "../digest.ts";
import { digestOfFile } from "../digest-of-file.ts";
import { makeDirectories } from "../directories.ts";
import { dropOld } from "../drop-old.ts";
import { DistillError, fromSystemError, isDistillError, systemErrorCode } from "../errors.ts";
import { writeAtomically, writeStream } from "../files.ts";
import { type Progress, silentProgress } from "../progress.ts";
import { readSmallFile } from "../read-small-file.ts";
import { type Download, download } from "./download.ts";
import { statusError } from "./errors.ts";
import type { HttpHeaders } from "./request.ts";
import type { HttpPolicy } from "./retry.ts";
import { shownUrl } from "./url.ts";

/** What nobody asked for in this time goes; milliseconds. */
const KEPT = 30 * 24 * 60 * 60 * 1000;

/** What a killed process left behind; milliseconds. */
const ABANDONED_AFTER = 24 * 60 * 60 * 1000;

const MAX_RECORD = 64 * 1024;

/** Headers of an answer longer than this are as good as none. */
const MAX_HEADER = 8 * 1024;

const RECORD_VERSION = 1;

/** A file as a server gave it. */
export interface CachedFile {
  readonly path: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly lastModified: string | undefined;
}

export interface FileCacheOptions {
  readonly directory: string;
  readonly offline?: boolean;
  readonly progress?: Progress;
  readonly signal?: AbortSignal | undefined;
  readonly policy?: Partial<HttpPolicy> | undefined;
  /** A longer file is LIMIT_EXCEEDED; bytes, default 32 GiB. */
  readonly maxBytes?: number;
}

/** What is remembered of an address: never the address itself, which may hold a password. */
interface UrlRecord {
  readonly version: number;
  readonly digest: Digest;
  readonly size: number;
  readonly etag?: string;
  readonly "last-modified"?: string;
}

/**
 * Files of the web, kept by address (urls/) and by content (files/). A server is asked each time whether what is kept is
 * still right (RFC 9110, section 13.1: ETag, Last-Modified), unless the digest is known beforehand. A file gets its name
 * when it is whole; several processes may use one directory.
 */
export class FileCache {
  readonly #options: FileCacheOptions;
  readonly #progress: Progress;

  constructor(options: FileCacheOptions) {
    this.#options = options;
    this.#progress = options.progress ?? silentProgress;
    for (const [name, age] of [
      ["urls", KEPT],
      ["files", KEPT],
      ["partial", ABANDONED_AFTER],
    ] as const) {
      dropOld(join(options.directory, name), Date.now() - age);
    }
  }

  /**
   * The file at an http(s) URL. With `expected`, another digest is DIGEST_MISMATCH, and a file that is kept is not asked
   * for. NETWORK for an answer that is not 200, OFFLINE where it would have to be asked, LIMIT_EXCEEDED, DISK_FULL.
   */
  async fetch(url: string, expected?: Digest): Promise<CachedFile> {
    const known = await this.#known(url);
    if (expected !== undefined && known?.digest === expected) return this.#used(url, known);
    if (this.#options.offline === true) {
      if (known !== undefined && expected === undefined) return this.#used(url, known);
      if (known !== undefined && expected !== undefined) throw mismatch(url, expected, known.digest);
      throw new DistillError("OFFLINE", `${shownUrl(url)} is not in the cache`, {
        hint: "run the same command once without --offline: that fetches and keeps it",
      });
    }
    return this.#ask(url, known, expected);
  }

  /**
   * The bytes of a file of this cache are what they were: they are read and compared with the digest. A damaged one is
   * fetched again; NETWORK where the server has something else by now, STORE_CORRUPT offline.
   */
  async verify(url: string, file: CachedFile): Promise<void> {
    if ((await digestAt(file.path)) === file.digest) return;
    const label = shownUrl(url);
    if (this.#options.offline === true) {
      throw new DistillError("STORE_CORRUPT", `what the cache has of ${label} is damaged (${file.path})`, {
        hint: "run the same command once without --offline: that fetches it again",
      });
    }
    this.#progress.warn(`what the cache has of ${label} is damaged; fetching it again`);
    rmSync(file.path, { force: true });
    await this.#ask(url, undefined, file.digest).catch((error: unknown) => {
      if (!isDistillError(error, "DIGEST_MISMATCH")) throw error;
      throw new DistillError("NETWORK", `${label} has changed since it was first read`, {
        hint: "run the command again",
      });
    });
  }

  async #ask(url: string, known: UrlRecord | undefined, expected: Digest | undefined): Promise<CachedFile> {
    const label = shownUrl(url);
    const task = this.#progress.start(`Fetching ${label}`);
    const { signal, policy = {}, maxBytes = 32 * 2 ** 30 } = this.#options;
    try {
      const response = await download({
        ...{ url, signal, policy, maxBytes },
        // What a server says of a file that it has already given is worth nothing where another one is wanted.
        headers: known === undefined || expected !== undefined ? {} : conditions(known),
        onProgress: (received, total) => task.advance(received, total),
      });
      if (response.status === 304 && known !== undefined) {
        await response.discard();
        task.end("cached");
        return this.#used(url, known);
      }
      if (response.status !== 200) {
        await response.discard();
        throw statusError(url, response.status, 1, undefined);
      }
      const file = await this.#keep(url, response, expected);
      task.end("done");
      return file;
    } catch (error) {
      task.end("failed");
      throw error;
    }
  }

  /** Writes a body beside its place, since its name is known when it has been read. */
  async #keep(url: string, response: Download, expected: Digest | undefined): Promise<CachedFile> {
    const temporary = join(this.#make("partial"), `${randomBytes(8).toString("hex")}.partial`);
    const digester = new Digester();
    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const chunk of response.body) {
        digester.update(chunk);
        yield chunk;
      }
    }
    try {
      const handle = await open(temporary, "wx", 0o600);
      try {
        await writeStream(handle, counted(), temporary);
      } finally {
        await handle.close();
      }
      const digest = digester.digest();
      if (expected !== undefined && digest !== expected) throw mismatch(url, expected, digest);
      this.#make("files");
      await rename(temporary, this.#file(digest));
      const record: UrlRecord = {
        version: RECORD_VERSION,
        digest,
        size: digester.size,
        ...headerOf(response, "etag"),
        ...headerOf(response, "last-modified"),
      };
      await writeAtomically(
        this.#record(url),
        this.#make("partial"),
        (file) => file.writeFile(JSON.stringify(record)),
        {
          durable: false,
        },
      );
      return this.#given(record);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw fromSystemError(error, "writing", temporary);
    }
  }

  /** What is remembered of a URL, if its file is there as well and as long as it should be. */
  async #known(url: string): Promise<UrlRecord | undefined> {
    const path = this.#record(url);
    let record: UrlRecord | undefined;
    try {
      record = parseRecord(await readSmallFile(path, MAX_RECORD, path));
    } catch {
      return undefined;
    }
    if (record === undefined) return undefined;
    const size = statSync(this.#file(record.digest), { throwIfNoEntry: false })?.size;
    return size === record.size ? record : undefined;
  }

  #used(url: string, record: UrlRecord): CachedFile {
    touch(this.#record(url));
    touch(this.#file(record.digest));
    return this.#given(record);
  }

  #given(record: UrlRecord): CachedFile {
    const { digest, size } = record;
    return { path: this.#file(digest), digest, size, lastModified: record["last-modified"] };
  }

  #make(name: string): string {
    const directory = join(this.#options.directory, name);
    try {
      makeDirectories(directory, 0o700);
    } catch (error) {
      throw fromSystemError(error, "creating", directory);
    }
    return directory;
  }

  #file(digest: Digest): string {
    return join(this.#options.directory, "files", hexOf(digest));
  }

  #record(url: string): string {
    return join(this.#options.directory, "urls", `${hexOf(digestOf(url))}.json`);
  }
}

function conditions(known: UrlRecord): HttpHeaders {
  const { etag } = known;
  const modified = known["last-modified"];
  return {
    ...(etag === undefined ? {} : { "if-none-match": etag }),
    ...(modified === undefined ? {} : { "if-modified-since": modified }),
  };
}

function headerOf(response: Download, name: string): Readonly<Record<string, string>> {
  const value = response.headers[name];
  return value === undefined || value.length > MAX_HEADER ? {} : { [name]: value };
}

function parseRecord(bytes: Buffer): UrlRecord | undefined {
  const value: unknown = JSON.parse(bytes.toString("utf8"));
  if (typeof value !== "object" || value === null) return undefined;
  const { version, digest, size, ...rest } = value as Partial<UrlRecord>;
  if (version !== RECORD_VERSION || typeof digest !== "string" || !isDigest(digest)) return undefined;
  if (typeof size !== "number" || !Number.isSafeInteger(size)) return undefined;
  const texts = Object.entries(rest).filter(([, text]) => typeof text === "string");
  return { version, digest, size, ...Object.fromEntries(texts) };
}

async function digestAt(path: string): Promise<Digest | undefined> {
  try {
    return (await digestOfFile(path)).digest;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw fromSystemError(error, "reading", path);
  }
}

function mismatch(url: string, expected: Digest, got: Digest): DistillError {
  return new DistillError(
    "DIGEST_MISMATCH",
    `${shownUrl(url)} is not the file that is expected: expected ${expected}, got ${got}`,
    {
      hint: "compare with what its publisher says: either the checksum is that of another version, or the file was changed",
    },
  );
}

function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // Only its age is not known then.
  }
}
