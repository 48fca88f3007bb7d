import { ROOT, type RootPath } from "../../../rootfs/path.ts";
import type { Allowance } from "../allowance.ts";
import type { Line } from "../lines.ts";
import { recordedChild, recordedPath } from "../recorded-path.ts";

/** A package as apk's database has it, before what it needs is looked up. */
export interface ApkEntry {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly license: string;
  /** "" where the entry has none. */
  readonly origin: string;
  /** Names of D and of p, among them `so:`, `cmd:` and `pc:`, without constraints. */
  readonly needs: readonly string[];
  readonly provides: readonly string[];
  readonly files: readonly RootPath[];
}

const COLON = 0x3a;

const WORD = /^[!-~]{1,255}$/;
/** Behind a name stands what constrains its version, or the tag of a repository (apk-package(5), dependencies). */
const NAME = /^[^<>=~@!]+/;
const TEXT = /^[ -~]{0,255}$/;

/**
 * Reads entries of apk's installed database (apk-package(5), "installed"; wiki "Apk spec"): lines of one letter, a colon and a value, an
 * empty one behind each entry. F names a directory, and each R behind it a file there.
 */
export class ApkEntryReader {
  readonly #complain: (problem: string, kind?: string) => void;
  readonly #allowance: Allowance;
  #fields = new Map<string, string>();
  #files: RootPath[] = [];
  /** Undefined for one that cannot be. */
  #directory: RootPath | undefined = ROOT;
  #number = 0;
  #begins = 0;
  /** True where more was asked for than is allowed; nothing is read from there on. */
  isOver = false;

  constructor(allowance: Allowance, complain: (problem: string, kind?: string) => void) {
    this.#allowance = allowance;
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
    if (key === "F") this.#directory = recordedPath(value);
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
    this.#directory = ROOT;
    this.#begins = 0;
    if (entry !== undefined) this.isOver ||= !this.#allowance.spendAll([entry.name, ...entry.needs, ...entry.provides]);
    return this.isOver ? undefined : entry;
  }

  #addFile(name: string): void {
    const path = this.#directory === undefined ? undefined : recordedChild(this.#directory, name);
    if (path === undefined) this.#complain(`line ${this.#number} is no path`, "no path");
    else if (this.#allowance.spend(path.length)) this.#files.push(path);
    else this.isOver = true;
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
    needs: namesIn(get("D")),
    provides: namesIn(get("p")),
    files,
  };
}

/** A conflict (`!name`) is no name. */
function namesIn(text: string): readonly string[] {
  return text.split(" ").flatMap((word) => (WORD.test(word) ? (NAME.exec(word)?.[0] ?? []) : []));
}
