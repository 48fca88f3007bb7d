import type { RootPath } from "../../../rootfs/path.ts";
import type { Line } from "../lines.ts";
import { recordedPath } from "../recorded-path.ts";

/** A package as apk's database has it, before what it needs is looked up. */
export interface ApkEntry {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly license: string;
  /** "" where the entry has none. */
  readonly origin: string;
  /** Words of D and p, with their constraints. */
  readonly needs: readonly string[];
  readonly provides: readonly string[];
  readonly files: readonly RootPath[];
}

const COLON = 0x3a;

const MAX_FILES = 500_000;

const WORD = /^[!-~]{1,255}$/;
const TEXT = /^[ -~]{0,255}$/;

/**
 * Reads entries of apk's installed database (apk-package(5), "installed"; wiki "Apk spec"): lines of one letter, a colon and a value, an
 * empty one behind each entry. F names a directory, and each R behind it a file there.
 */
export class ApkEntryReader {
  readonly #complain: (problem: string, kind?: string) => void;
  #fields = new Map<string, string>();
  #files: RootPath[] = [];
  #directory = "";
  #number = 0;
  #begins = 0;

  constructor(complain: (problem: string, kind?: string) => void) {
    this.#complain = complain;
  }

  /** The entry that ends with this line. */
  take(line: Line): ApkEntry | undefined {
    this.#number++;
    if (line !== undefined && (line.length === 0 || (line.length === 1 && line[0] === 0x0d))) return this.end();
    this.#begins ||= this.#number;
    if (line === undefined || line[1] !== COLON) {
      this.#complain(`line ${this.#number} is ${line === undefined ? "too long" : "no field"}`, "no field");
      return undefined;
    }
    const key = String.fromCharCode(line[0] ?? 0);
    const value = line.toString("latin1", 2);
    if (key === "F") this.#directory = value;
    else if (key === "R") this.#addFile(value);
    else if (WANTED.has(key) && !this.#fields.has(key)) this.#fields.set(key, value.trimEnd());
    return undefined;
  }

  /** The entry that nothing follows. */
  end(): ApkEntry | undefined {
    if (this.#begins === 0) return undefined;
    const entry = entryOf(this.#fields, this.#files);
    if (entry === undefined) this.#complain(`the entry at line ${this.#begins} is no package of apk's`, "no package");
    this.#fields = new Map();
    this.#files = [];
    this.#directory = "";
    this.#begins = 0;
    return entry;
  }

  #addFile(name: string): void {
    const path = recordedPath(this.#directory === "" ? name : `${this.#directory}/${name}`);
    if (this.#files.length >= MAX_FILES)
      this.#complain(`line ${this.#number} is behind ${MAX_FILES} files of one package`, "files");
    else if (path === undefined || path === "") this.#complain(`line ${this.#number} is no path`, "no path");
    else this.#files.push(path);
  }
}

const WANTED: ReadonlySet<string> = new Set(["P", "V", "A", "L", "o", "D", "p"]);

function entryOf(fields: ReadonlyMap<string, string>, files: readonly RootPath[]): ApkEntry | undefined {
  const get = (key: string): string => fields.get(key) ?? "";
  const [name, version] = [get("P"), get("V")];
  if (!WORD.test(name) || !WORD.test(version)) return undefined;
  return {
    name,
    version,
    architecture: WORD.test(get("A")) ? get("A") : "",
    license: TEXT.test(get("L")) ? get("L") : "",
    origin: WORD.test(get("o")) ? get("o") : "",
    needs: wordsOf(get("D")),
    provides: wordsOf(get("p")),
    files,
  };
}

function wordsOf(text: string): readonly string[] {
  return text.split(" ").filter((word) => WORD.test(word));
}
