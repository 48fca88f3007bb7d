import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, digestOf, hexOf, isDigest } from "../../lib/digest.ts";
import { isDistillError } from "../../lib/errors.ts";
import { ifExists, writeAtomically, writeFully } from "../../lib/files.ts";
import { shownUrl } from "../../lib/http/url.ts";
import { type ArchiveContext, partialDirectory } from "./archive-context.ts";
import { parseRelease, type Release } from "./release.ts";
import { verifySignedText } from "./signature.ts";
import type { ArchiveSource } from "./sources.ts";

/** What is remembered of a release beside its InRelease file. Times in milliseconds since the epoch. */
export interface ReleaseRecord {
  /** Of the InRelease file. */
  readonly digest: Digest;
  /** Of the keys that it was verified with. */
  readonly keys: Digest;
  /** The release's Date: none older is accepted from now on. */
  readonly date: number;
  /** When the mirror last had nothing newer. */
  readonly checkedAt: number;
  /** Validators for a conditional request, as the mirror gave them. */
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

/** The last accepted release of a source: the record even where the file is missing or damaged. */
export interface CachedRelease {
  readonly record: ReleaseRecord | undefined;
  readonly release: Release | undefined;
}

/**
 * Reads the last accepted InRelease of a source. Its signature is not checked again when its digest is the one that
 * was recorded when it was accepted, with the same keys; that only guards against damage: the cache belongs to the
 * user, and who can write there can write the record too (and the user's other files). In any other case the signature
 * decides; a file that fails is named in a warning and counts as missing.
 */
export async function readCachedRelease(source: ArchiveSource, context: ArchiveContext): Promise<CachedRelease> {
  const paths = cachePaths(source, context);
  const [message, recordText] = await Promise.all([
    ifExists(readFile(paths.message)),
    ifExists(readFile(paths.record, "utf8")),
  ]);
  const record = recordText === undefined ? undefined : parseRecord(recordText);
  if (message === undefined) return { record, release: undefined };
  const text = message.toString("utf8");
  if (record?.digest === digestOf(message) && record.keys === digestOfKeys(source)) {
    return { record, release: parseRelease(signedPart(text), paths.message) };
  }
  try {
    const signed = await verifySignedText(text, source.keys, paths.message, context.now());
    const release = parseRelease(signed.text, paths.message);
    // Nobody knows when the mirror was asked, so it is asked again.
    return { record: record ?? makeRecord(message, source, release, 0), release };
  } catch (error) {
    if (!isDistillError(error, "BAD_SIGNATURE", "FORMAT_INVALID", "LIMIT_EXCEEDED")) throw error;
    context.progress.warn(`ignoring a file of the cache: ${error.message}`);
    return { record, release: undefined };
  }
}

/** When a source's mirror last had nothing newer than what is in the cache; undefined where nothing was ever had of it. */
export async function lastChecked(source: ArchiveSource, context: ArchiveContext): Promise<number | undefined> {
  const text = await ifExists(readFile(cachePaths(source, context).record, "utf8"));
  return text === undefined ? undefined : parseRecord(text)?.checkedAt;
}

/** Keeps an InRelease that was verified and checked. */
export async function keepRelease(
  source: ArchiveSource,
  context: ArchiveContext,
  message: Uint8Array,
  record: ReleaseRecord,
): Promise<void> {
  const partial = await partialDirectory(context);
  await writeAtomically(cachePaths(source, context).message, partial, (handle) => writeFully(handle, message));
  await keepRecord(source, context, record);
}

export async function keepRecord(source: ArchiveSource, context: ArchiveContext, record: ReleaseRecord): Promise<void> {
  const about = { uri: shownUrl(source.uri), suite: source.suite };
  const text = `${JSON.stringify({ ...about, ...record }, undefined, 2)}\n`;
  const partial = await partialDirectory(context);
  await writeAtomically(cachePaths(source, context).record, partial, (handle) => writeFully(handle, Buffer.from(text)));
}

/** The record of a release that is accepted at `checkedAt`. */
export function makeRecord(
  message: Uint8Array,
  source: ArchiveSource,
  release: Release,
  checkedAt: number,
  headers: Readonly<Record<string, string>> = {},
): ReleaseRecord {
  return {
    digest: digestOf(message),
    keys: digestOfKeys(source),
    date: release.date,
    checkedAt,
    etag: headers.etag,
    lastModified: headers["last-modified"],
  };
}

/** "trixie-security-0a1b2c3d4e5f6071.InRelease" and .json: readable, one for each address and suite, no credentials. */
function cachePaths(source: ArchiveSource, context: ArchiveContext): { message: string; record: string } {
  const identity = hexOf(digestOf(`${source.uri}\n${source.suite}`)).slice(0, 16);
  const name = `${source.suite.replace(/[^A-Za-z0-9.-]/g, "_")}-${identity}`;
  const base = join(context.cacheDirectory, "releases", name);
  return { message: `${base}.InRelease`, record: `${base}.json` };
}

function digestOfKeys(source: ArchiveSource): Digest {
  return digestOf(source.keys.map((key) => key.armored).join("\n"));
}

/** The text between the armor headers and the signature of a message that was verified when it was kept. */
function signedPart(message: string): string {
  const [, text] =
    /^-----BEGIN PGP SIGNED MESSAGE-----\r?\n(?:[^\r\n]+\r?\n)*\r?\n([\s\S]*?)\r?\n-----BEGIN PGP SIGNATURE-----/.exec(
      message,
    ) ?? [];
  return (text ?? "").replace(/^- /gm, "");
}

/** A record of another form, say of another version of distill, counts as none. */
function parseRecord(text: string): ReleaseRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { digest, keys, date, checkedAt, etag, lastModified } = value as Partial<Record<keyof ReleaseRecord, unknown>>;
  if (typeof digest !== "string" || !isDigest(digest) || typeof keys !== "string" || !isDigest(keys)) return undefined;
  if (typeof date !== "number" || typeof checkedAt !== "number") return undefined;
  const optional = (header: unknown) => (typeof header === "string" ? header : undefined);
  return { digest, keys, date, checkedAt, etag: optional(etag), lastModified: optional(lastModified) };
}
