import { DistillError } from "../../lib/errors.ts";

/** One version in a changelog, and what it is said to have fixed. */
export interface ChangelogEntry {
  readonly source: string;
  readonly version: string;
  /** Where it was uploaded to: "trixie-security". */
  readonly distributions: readonly string[];
  /** "CVE-2025-1234", each once, as they come. */
  readonly cves: readonly string[];
  /** Numbers of the bugs that it closes, each once, ascending. */
  readonly closes: readonly number[];
}

/** Characters. */
const MAX_LINE = 64 * 1024;
const MAX_ENTRY = 4 * 1024 * 1024;

/** As Dpkg::Changelog::Entry::Debian has them. */
const HEADER = /^(\w[-+0-9a-z.]*) \(([^() \t]+)\)((?:\s+[-+0-9a-z.]+)+);/i;
const CLOSES = /closes:\s*(?:bug)?#?\s?\d+(?:,\s*(?:bug)?#?\s?\d+)*/gi;
/** In names of patches too: `0001_CVE-2019-2201-followup.patch`. */
const CVE = /(?<![a-z0-9])CVE-\d{4}-\d{4,19}(?!\d)/gi;

/** What follows is in a form of before 1996, or is no changelog. */
const END = /^(?:Old Changelog:|;; *Local [Vv]ariables)/;

/**
 * The entries of a debian/changelog, as they stand: newest first (Debian Policy 4.4, deb-changelog(5)). Only ASCII matters,
 * so any encoding will do. Lines of another form are passed over. LIMIT_EXCEEDED for lines over 64 KiB and entries over
 * 4 MiB. Stops reading where the consumer stops.
 */
export async function* readChangelog(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ChangelogEntry> {
  let open: OpenEntry | undefined;
  for await (const lines of linesOf(bytes)) {
    for (const line of lines) {
      if (END.test(line)) {
        if (open !== undefined) yield entryOf(open);
        return;
      }
      const header = HEADER.exec(line);
      if (header === null) {
        if (open !== undefined) addLine(open, line);
        continue;
      }
      if (open !== undefined) yield entryOf(open);
      open = { header, body: [], length: 0, ended: false };
    }
  }
  if (open !== undefined) yield entryOf(open);
}

/** An entry that is being read. */
interface OpenEntry {
  readonly header: RegExpExecArray;
  readonly body: string[];
  length: number;
  ended: boolean;
}

function addLine(open: OpenEntry, line: string): void {
  if (open.ended) return;
  open.ended = line.startsWith(" -- ");
  if (open.ended || !/^\s\s/.test(line)) return;
  open.length += line.length;
  if (open.length > MAX_ENTRY) throw tooLong("an entry", MAX_ENTRY);
  open.body.push(line);
}

function entryOf({ header, body: lines }: OpenEntry): ChangelogEntry {
  const [, source = "", version = "", distributions = ""] = header;
  const body = lines.join("\n");
  const closes = Array.from(body.matchAll(CLOSES), ([text]) => text.match(/\d+/g) ?? []).flat();
  return {
    source,
    version,
    distributions: distributions.trim().split(/\s+/),
    cves: [...new Set(Array.from(body.matchAll(CVE), ([cve]) => cve.toUpperCase()))],
    closes: [...new Set(closes.map(Number))].sort((a, b) => a - b),
  };
}

/** The lines, as many at a time as a chunk ends. */
async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  let rest = "";
  for await (const chunk of bytes) {
    const lines = (rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of [...lines, rest]) if (line.length > MAX_LINE) throw tooLong("a line", MAX_LINE);
    yield lines;
  }
  yield [rest];
}

function tooLong(what: string, limit: number): DistillError {
  return new DistillError("LIMIT_EXCEEDED", `${what} of the changelog is longer than ${limit} characters`);
}
