import { dayOf } from "../advisories/feed-names.ts";
import { DistillError, fromSystemError, systemErrorCode } from "../lib/errors.ts";
import { parseAge } from "../lib/quantities.ts";
import { readSmallFile } from "../lib/read-small-file.ts";
import { type Filter, parseSeverities } from "../scan/filter.ts";
import { type Gate, parseGate } from "../scan/gate.ts";
import type { ReadStatement } from "../scan/read-openvex.ts";
import type { Opinions } from "../scan/set-aside.ts";
import type { Grouping } from "../scan/shown-scan.ts";
import type { ProgressMode } from "../ui/progress.ts";

/** The options of the verb, as they are given. */
export interface ScanFlags {
  readonly platform: string | undefined;
  readonly format: ScanWishes["format"];
  readonly by: ScanWishes["by"];
  readonly onlyFixed: boolean;
  readonly severity: string | undefined;
  readonly failOn: readonly string[];
  readonly maxAge: string;
  readonly ignoreFile: string | undefined;
  readonly vex: readonly string[];
  readonly explain: string | undefined;
  readonly buildFile: string;
  readonly offline: boolean;
  readonly refresh: boolean;
  readonly tlsVerify: boolean | undefined;
  readonly progress: ProgressMode;
  readonly quiet: boolean;
}

/** What is wanted of a scan. */
export interface ScanWishes {
  readonly format: "table" | "json" | "sarif" | "cyclonedx" | "openvex" | "markdown" | "github";
  readonly by: Grouping;
  readonly filter: Filter;
  readonly gates: readonly Gate[];
  /** In milliseconds. */
  readonly maxAge: number;
  readonly ignored: Opinions | undefined;
  readonly statements: readonly ReadStatement[];
  readonly explain: string | undefined;
  readonly buildFile: string;
}

/** Read where nothing else is named. */
const IGNORE_FILE = ".distill-ignore.yaml";
const MAX_IGNORE = 1 << 20;

/** Reads flags and the files that they name, before anything is scanned. USAGE and CONFIG_INVALID for what is wrong in them. */
export async function readScanWishes(flags: ScanFlags, now: number): Promise<ScanWishes> {
  const { format, by, onlyFixed, severity, explain, buildFile } = flags;
  refuseContrary(flags);
  const gates = flags.failOn.map(parseGate);
  const maxAge = parseAge(flags.maxAge, "--max-age");
  const filter = { onlyFixed, severities: severity === undefined ? undefined : parseSeverities(severity) };
  const statements = await statementsOf(flags.vex);
  const ignored = await ignoredBy(flags.ignoreFile, now);
  return { format, by, filter, gates, maxAge, ignored, statements, explain, buildFile };
}

function refuseContrary({ format, by, explain, failOn }: ScanFlags): void {
  if (explain !== undefined && (format !== "table" || failOn.length > 0)) {
    throw new DistillError("USAGE", "--explain tells about one vulnerability, in words, and judges nothing", {
      hint: "leave --format and --fail-on out",
    });
  }
  if (by !== "package" && format !== "table" && format !== "markdown") {
    throw new DistillError("USAGE", `--by is for tables and markdown, and ${format} has an order of its own`, {
      hint: "leave --by out",
    });
  }
}

async function ignoredBy(named: string | undefined, now: number): Promise<Opinions | undefined> {
  const file = named ?? IGNORE_FILE;
  let bytes: Buffer;
  try {
    bytes = await readSmallFile(file, MAX_IGNORE, file);
  } catch (error) {
    if (named === undefined && systemErrorCode(error) === "ENOENT") return undefined;
    throw fromSystemError(error, "reading", file);
  }
  // What reads YAML takes as long to load as a scan.
  const { readIgnoreFile } = await import("../scan/ignore-file.ts");
  return readIgnoreFile(bytes.toString("utf8"), file, dayOf(now));
}

async function statementsOf(files: readonly string[]): Promise<readonly ReadStatement[]> {
  if (files.length === 0) return [];
  const { MAX_VEX, readOpenVex } = await import("../scan/read-openvex.ts");
  const statements: ReadStatement[] = [];
  for (const file of files) {
    for (const each of readOpenVex(await bytesOf(file, MAX_VEX), file)) statements.push(each);
  }
  return statements;
}

async function bytesOf(file: string, limit: number): Promise<Buffer> {
  try {
    return await readSmallFile(file, limit, file);
  } catch (error) {
    throw fromSystemError(error, "reading", file);
  }
}
