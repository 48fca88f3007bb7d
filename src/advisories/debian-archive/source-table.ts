import { compareVersions } from "../../debian/package/version.ts";
import { DistillError } from "../../lib/errors.ts";

/** The newest version of a source package, and the suite that has it. */
export interface NewestSource {
  readonly version: string;
  readonly suite: string;
}

/** What is read of a package index. `archive` is a position in the list of suites. */
interface SourceOfPackage {
  readonly source: { readonly name: string; readonly version: string };
  readonly archive: number;
}

/*
 * The file, latin1: a line with the mark and the names of the suites; then for each source package, in the byte order of
 * their names, a line with name, newest version and position of the suite.
 */
const MARK = "distill-sources-1";
const LINE_FEED = 0x0a;

/** The table's file. Of equal versions that of the later suite stands: -security has what a point release took over. */
export function makeSourceTable(suites: readonly string[], packages: Iterable<SourceOfPackage>): Buffer {
  const newest = new Map<string, { version: string; archive: number }>();
  for (const { source, archive } of packages) {
    const known = newest.get(source.name);
    // Most packages come again with the version that is known already.
    if (known?.version === source.version) known.archive = Math.max(known.archive, archive);
    else if (known === undefined || compareVersions(source.version, known.version) > 0) {
      newest.set(source.name, { version: source.version, archive });
    }
  }
  const lines = Array.from(newest, ([name, { version, archive }]) => ({
    name,
    line: `${name} ${version} ${archive}\n`,
  }));
  lines.sort((a, b) => (a.name < b.name ? -1 : 1));
  return Buffer.from(`${[MARK, ...suites].join(" ")}\n${lines.map(({ line }) => line).join("")}`, "latin1");
}

/** The newest versions of all source packages of a release: searched in its bytes, which costs less than reading it. */
export class SourceTable {
  readonly suites: readonly string[];
  readonly #file: Buffer;
  readonly #start: number;

  /** STORE_CORRUPT for another form. */
  constructor(file: Buffer) {
    const end = file.indexOf(LINE_FEED);
    const [mark, ...suites] = file.toString("latin1", 0, Math.max(end, 0)).split(" ");
    if (mark !== MARK || file.at(-1) !== LINE_FEED) {
      throw new DistillError("STORE_CORRUPT", "a stored table of source packages is damaged");
    }
    this.suites = suites;
    this.#file = file;
    this.#start = end + 1;
  }

  /** How many source packages there are. */
  get count(): number {
    let lines = 0;
    for (let at = this.#start; at < this.#file.length; at = this.#file.indexOf(LINE_FEED, at) + 1) lines++;
    return lines;
  }

  /** What the release has of a source package; undefined where it has none of that name. */
  find(name: string): NewestSource | undefined {
    let low = this.#start;
    let high = this.#file.length;
    while (low < high) {
      const middle = this.#lineStart((low + high) >>> 1);
      const end = this.#file.indexOf(LINE_FEED, middle);
      const [found = "", version = "", suite = ""] = this.#file.toString("latin1", middle, end).split(" ");
      if (found === name) return { version, suite: this.suites[Number(suite)] ?? "" };
      if (found < name) low = end + 1;
      else high = middle;
    }
    return undefined;
  }

  /** Where the line begins that a position is in. */
  #lineStart(position: number): number {
    let start = position;
    while (start > this.#start && this.#file[start - 1] !== LINE_FEED) start--;
    return start;
  }
}
