import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type ArchiveContext, partialDirectory } from "../../debian/archive/archive-context.ts";
import { digestOf, hexOf } from "../../lib/digest.ts";
import { isDistillError } from "../../lib/errors.ts";
import { writeAtomically, writeFully } from "../../lib/files.ts";
import type { ChangelogFacts } from "./changelog-facts.ts";
import { SourceTable } from "./source-table.ts";

/** Changes whenever something is written or read otherwise. */
const FORM = 1;

/** What is remembered of a release of the archive. Times in milliseconds since the epoch. */
export interface ArchiveState {
  /** When the mirrors last had nothing newer than the table. */
  readonly checkedAt: number;
  /** Dates of the suites' releases that the table is of. */
  readonly dates: readonly number[];
  /** SHA-256 of the table as hex digits; "" where there is none. */
  readonly table: string;
  /** How many source packages it has. */
  readonly sources: number;
  /** Why the last try to look for something newer failed, and when that was. */
  readonly failure: string | undefined;
  readonly failedAt: number | undefined;
  /** When a changelog could not be fetched. */
  readonly changelogFailedAt: number | undefined;
}

export const NOTHING_KEPT: ArchiveState = {
  ...{ checkedAt: 0, dates: [], table: "", sources: 0 },
  ...{ failure: undefined, failedAt: undefined, changelogFailedAt: undefined },
};

/**
 * What is kept between two scans of one release, architecture and set of mirrors: the table of its sources, and what
 * changelogs say. It is made of what was verified, and belongs to the user, as the rest of the cache. What cannot be read
 * counts as missing, and what cannot be written is made again.
 */
export class KeptArchive {
  readonly #context: ArchiveContext;
  readonly #directory: string;
  readonly #name: string;

  /** `identity` tells mirrors and keys from others. */
  constructor(context: ArchiveContext, identity: string, release: string, architecture: string) {
    const folder = hexOf(digestOf(identity)).slice(0, 16);
    this.#context = context;
    this.#directory = join(context.cacheDirectory, "debian-archive", folder);
    this.#name = `${release}-${architecture}`;
  }

  async state(): Promise<ArchiveState> {
    const text = await this.#read(`${this.#name}.json`);
    return (text === undefined ? undefined : parseState(text.toString("utf8"))) ?? NOTHING_KEPT;
  }

  async table({ table }: ArchiveState): Promise<SourceTable | undefined> {
    const bytes = table === "" ? undefined : await this.#read(this.#tableName(table));
    if (bytes === undefined || hexOf(digestOf(bytes)) !== table) return undefined;
    try {
      return new SourceTable(bytes);
    } catch (error) {
      if (!isDistillError(error, "STORE_CORRUPT")) throw error;
      return undefined;
    }
  }

  async keepState(state: ArchiveState): Promise<void> {
    await this.#write(`${this.#name}.json`, Buffer.from(`${JSON.stringify({ form: FORM, ...state })}\n`));
  }

  /** Keeps a table; returns what the state calls it. The one of `before` goes. */
  async keepTable(bytes: Buffer, before: ArchiveState): Promise<string> {
    const table = hexOf(digestOf(bytes));
    await this.#write(this.#tableName(table), bytes);
    if (before.table !== "" && before.table !== table) {
      await rm(join(this.#directory, this.#tableName(before.table)), { force: true }).catch(() => {});
    }
    return table;
  }

  async changelog(source: string, version: string): Promise<ChangelogFacts | undefined> {
    const text = await this.#read(changelogName(source, version));
    return text === undefined ? undefined : parseFacts(text.toString("utf8"));
  }

  async keepChangelog(source: string, version: string, facts: ChangelogFacts): Promise<void> {
    await this.#write(changelogName(source, version), Buffer.from(`${JSON.stringify({ form: FORM, ...facts })}\n`));
  }

  #tableName(table: string): string {
    return `${this.#name}-${table.slice(0, 16)}.sources`;
  }

  #read(name: string): Promise<Buffer | undefined> {
    return readFile(join(this.#directory, name)).catch(() => undefined);
  }

  async #write(name: string, bytes: Uint8Array): Promise<void> {
    try {
      const partial = await partialDirectory(this.#context);
      const write = (handle: Parameters<typeof writeFully>[0]) => writeFully(handle, bytes);
      await writeAtomically(join(this.#directory, name), partial, write, { durable: false });
    } catch (error) {
      if (!isDistillError(error, "IO", "DISK_FULL")) throw error;
    }
  }
}

/** Versions have no slash; a colon is no good in names of files everywhere. */
function changelogName(source: string, version: string): string {
  return join("changelogs", `${source}_${version.replaceAll(":", "%3a")}.json`);
}

function parseState(text: string): ArchiveState | undefined {
  const value = parseObject(text);
  if (value === undefined) return undefined;
  const { checkedAt, dates, table, sources, failure, failedAt, changelogFailedAt } = value;
  const number = (each: unknown) => (typeof each === "number" ? each : undefined);
  if (typeof checkedAt !== "number" || typeof sources !== "number" || typeof table !== "string") return undefined;
  if (!Array.isArray(dates) || !/^(?:[0-9a-f]{64})?$/.test(table)) return undefined;
  return {
    ...{ checkedAt, table, sources, dates: dates.filter((each) => typeof each === "number") },
    failure: typeof failure === "string" ? failure : undefined,
    failedAt: number(failedAt),
    changelogFailedAt: number(changelogFailedAt),
  };
}

function parseFacts(text: string): ChangelogFacts | undefined {
  const value = parseObject(text);
  if (value === undefined || !Array.isArray(value.entries)) return undefined;
  return {
    entries: value.entries as ChangelogFacts["entries"],
    ...(typeof value.cut === "string" && { cut: value.cut }),
  };
}

/** What this form of this program has written; else undefined. */
function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    return (value as { form?: unknown }).form === FORM ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
