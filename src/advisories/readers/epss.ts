import type { FeedItem } from "../feeds/item.ts";
import { dateTime, dayOf } from "./dates.ts";
import { type Broken, malformed, throwBroken } from "./fields.ts";

const WHAT = "the EPSS scores";
const MAX_LINE = 1000;
const HEADER = "cve,epss,percentile";

/**
 * Reads FIRST's EPSS scores (CSV: a comment with the date, a header, and a line for each CVE) as they come. Yields what was
 * read of each chunk. FORMAT_INVALID for what is no such table; a line that cannot be read is told to `broken`.
 */
export async function* readEpss(
  bytes: AsyncIterable<Uint8Array>,
  broken: Broken = throwBroken,
): AsyncGenerator<readonly FeedItem[]> {
  const table = new Table(broken);
  let rest = "";
  for await (const chunk of bytes) {
    // All that is taken from it is ASCII, and this way no character is split.
    const text = rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString("latin1");
    const end = text.lastIndexOf("\n") + 1;
    rest = text.slice(end);
    if (rest.length > MAX_LINE)
      throw malformed(WHAT, `line ${table.line + 1}`, `is longer than ${MAX_LINE} characters`);
    const items = end === 0 ? [] : table.read(text.slice(0, end - 1).split("\n"));
    if (items.length > 0) yield items;
  }
  const items = rest === "" ? [] : table.read([rest]);
  if (items.length > 0) yield items;
  table.end();
}

class Table {
  readonly #broken: Broken;
  #hasHeader = false;
  line = 0;

  constructor(broken: Broken) {
    this.#broken = broken;
  }

  read(lines: readonly string[]): readonly FeedItem[] {
    const items: FeedItem[] = [];
    for (const line of lines) {
      this.line++;
      const text = line.endsWith("\r") ? line.slice(0, -1) : line;
      const item = this.#hasHeader ? this.#row(text) : this.#head(text);
      if (item !== undefined) items.push(item);
    }
    return items;
  }

  #head(text: string): FeedItem | undefined {
    if (text.startsWith("#")) return datedOf(text);
    if (text !== HEADER) throw malformed(WHAT, `line ${this.line}`, `is not "${HEADER}"`);
    this.#hasHeader = true;
    return undefined;
  }

  #row(text: string): FeedItem | undefined {
    if (text === "") return undefined;
    const item = likelihoodOf(text);
    if (item === undefined) {
      this.#broken(malformed(WHAT, `line ${this.line}`, "is not a CVE and two numbers from 0 to 1"));
    }
    return item;
  }

  end(): void {
    if (!this.#hasHeader) throw malformed(WHAT, "", `has no line "${HEADER}"`);
  }
}

/** `#model_version:v2025.03.14,score_date:2026-01-27T00:00:00+0000` */
function datedOf(comment: string): FeedItem | undefined {
  const [, written = ""] = /score_date:([^,\s]{1,40})/.exec(comment) ?? [];
  const date = dateTime(dayOf(written) === undefined ? written : `${written}T00:00:00Z`);
  return date === undefined ? undefined : { kind: "dated", date };
}

const ROW = /^(CVE-\d{4}-\d{4,19}),(\d(?:\.\d{1,20})?(?:[eE]-\d{1,3})?),(\d(?:\.\d{1,20})?(?:[eE]-\d{1,3})?)$/;

function likelihoodOf(text: string): FeedItem | undefined {
  const [, cve, first, second] = ROW.exec(text) ?? [];
  const likelihood = { score: Number(first), percentile: Number(second) };
  if (cve === undefined || likelihood.score > 1 || likelihood.percentile > 1) return undefined;
  return { kind: "likelihood", cve, likelihood };
}
