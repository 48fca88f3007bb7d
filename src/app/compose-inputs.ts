import { X509Certificate } from "node:crypto";
import { resolve } from "node:path";
import type { ComposeInputs, ExtraSource, LocalDeb } from "../compose/request.ts";
import type { FileSetting, Settings } from "../compose/settings.ts";
import { readKeyring } from "../debian/archive/keyring.ts";
import { archiveAddress } from "../debian/archive/sources.ts";
import { digestOfFile } from "../lib/digest-of-file.ts";
import { DistillError, fromSystemError, systemErrorCode } from "../lib/errors.ts";
import { readSmallFile } from "../lib/read-small-file.ts";
import type { ComposeStep, DebEntry, FileEntry, SourceEntry } from "../plan/compose-step.ts";

const MAX_FILE = 16 * 1024 * 1024;
const MAX_CERTIFICATES = 4 * 1024 * 1024;
const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/**
 * Reads what a compose step names on disk; paths start from `directory`. Failures name the key of the file that asked for
 * it: NO_SUCH_PATH, CONFIG_INVALID (no certificate, no key, another digest than was given), LIMIT_EXCEEDED, IO.
 */
export async function readComposeInputs(step: ComposeStep, directory: string): Promise<ComposeInputs> {
  const { certificates, files, ...plain } = step.settings;
  const settings: Settings = {
    ...plain,
    certificates: (await mapInOrder(certificates, (path) => readCertificates(path, directory))).flat(),
    files: await mapInOrder(files, (entry) => readFileEntry(entry, directory)),
  };
  return {
    sources: await mapInOrder(step.sources, (entry) => readSource(entry, directory)),
    debs: await mapInOrder(step.debs, (entry) => readDeb(entry, directory)),
    settings,
  };
}

async function readSource({ uri, suite, components, key }: SourceEntry, directory: string): Promise<ExtraSource> {
  const keys = key === undefined ? [] : [await readKeyring(resolve(directory, key), "sources: key")];
  return { uri: uri === undefined ? undefined : archiveAddress(uri, "sources: uri"), suite, components, keys };
}

async function readDeb({ path, digest }: DebEntry, directory: string): Promise<LocalDeb> {
  const found = await named(resolve(directory, path), path, "debs", (at) => digestOfFile(at));
  if (found.digest === digest) return { path: resolve(directory, path), ...found };
  throw new DistillError(
    "CONFIG_INVALID",
    `debs: ${path} is not the file that is asked for: its digest is ${found.digest}`,
    {
      hint: "see why the file is another one; if it is to be this one, write its digest into the file",
    },
  );
}

async function readCertificates(path: string, directory: string): Promise<readonly string[]> {
  const bytes = await readBounded(resolve(directory, path), path, "certificates", MAX_CERTIFICATES);
  const blocks = bytes.toString("latin1").match(PEM) ?? [];
  const problem =
    blocks.length === 0 ? "holds no PEM certificate" : blocks.map(problemOf).find((each) => each !== undefined);
  if (problem === undefined) return blocks.map((pem) => `${pem.replaceAll("\r\n", "\n")}\n`);
  throw new DistillError("CONFIG_INVALID", `certificates: ${path} ${problem}`, {
    hint: "convert one with: openssl x509 -inform der -in FILE -out FILE.pem",
  });
}

function problemOf(pem: string): string | undefined {
  try {
    new X509Certificate(pem);
    return undefined;
  } catch {
    return "holds a certificate that cannot be read";
  }
}

async function readFileEntry(entry: FileEntry, directory: string): Promise<FileSetting> {
  const { path, mode, owner } = entry;
  return { path, what: await contentOf(entry, directory), mode, owner };
}

async function contentOf({ content, from, link }: FileEntry, directory: string): Promise<FileSetting["what"]> {
  if (link !== undefined) return { kind: "link", target: link };
  if (content !== undefined) return { kind: "file", bytes: Buffer.from(content, "utf8") };
  if (from === undefined) return { kind: "directory" };
  return { kind: "file", bytes: await readBounded(resolve(directory, from), from, "files: from", MAX_FILE) };
}

async function readBounded(path: string, shown: string, key: string, limit: number): Promise<Buffer> {
  return named(path, shown, key, (at) => readSmallFile(at, limit, `${key}: ${shown}`));
}

/** Reads a file that a key names; where it is missing, the key is told. */
async function named<T>(path: string, shown: string, key: string, read: (path: string) => Promise<T>): Promise<T> {
  try {
    return await read(path);
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw fromSystemError(error, `reading (${key})`, shown);
    throw new DistillError("NO_SUCH_PATH", `${key}: ${shown} does not exist`, {
      hint: "paths start from the directory that the file lies in",
      cause: error,
    });
  }
}

/** One after another: the first failure is then the first one of the file. */
async function mapInOrder<T, R>(items: readonly T[], read: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await read(item));
  return results;
}
