import { display, failure, invalid, type Place, truncated } from "./failures.ts";
import {
  BLOCK,
  decodeBlock,
  type HeaderBlock,
  isZeroBlock,
  type TarHeader,
  type TarType,
  TYPE_CODES,
} from "./header.ts";
import { MAX_PAX_BYTES, NO_RECORDS, type PaxRecords, parsePax, parsePaxTime, paxInteger } from "./pax.ts";

/** Bounds on what a reader takes from an archive; exceeding one is LIMIT_EXCEEDED. */
export interface TarLimits {
  /** Bytes of one PAX extended header; default 1 MiB. */
  readonly paxBytes?: number;
  /** Bytes of a path or a link target; default 64 KiB. */
  readonly nameBytes?: number;
  /** Entries in the archive; default unlimited. */
  readonly entries?: number;
}

export interface TarOptions extends TarLimits {
  /** What error messages call the archive; default "tar archive". */
  readonly archive?: string;
}

/** What a block turned out to be, and so what the reader has to do next. */
export type Step =
  | { readonly kind: "entry"; readonly header: TarHeader }
  /** `size` bytes (and padding) follow; the reader hands them to `extension`. */
  | { readonly kind: "extension"; readonly size: number }
  | { readonly kind: "end" };

const END: Step = { kind: "end" };

const TYPES = new Map<number, TarType>([
  ...(Object.entries(TYPE_CODES) as [TarType, number][]).map(([type, code]): [number, TarType] => [code, type]),
  [0x00, "file"],
  // "Contiguous" is a matter of disks of the eighties: a file (POSIX.1-2024, pax, typeflag 7).
  [0x37, "file"],
]);

type Extension = "x" | "g" | "L" | "K";
const EXTENSIONS = new Map<number, Extension>([
  [0x78, "x"],
  [0x67, "g"],
  [0x4c, "L"],
  [0x4b, "K"],
]);
const SPARSE = 0x53;

/**
 * The state machine of reading a tar archive, without any input: it takes header blocks and the data of extended
 * headers, and gives whole entries. Bodies are its caller's to pass over. Where readers in the wild would disagree
 * about an archive (two extended headers for one entry, a name in both PAX and GNU form), it is refused.
 */
export class HeaderAssembler {
  readonly archive: string;
  readonly #limits: Required<TarLimits>;
  #entries = 0;
  #place: Place;
  #global = new Map<string, string>();
  #expected: Extension | undefined;
  #local: PaxRecords | undefined;
  #longName: string | undefined;
  #longLink: string | undefined;

  constructor(options: TarOptions) {
    this.archive = options.archive ?? "tar archive";
    this.#place = { archive: this.archive, offset: 0 };
    this.#limits = {
      paxBytes: options.paxBytes ?? MAX_PAX_BYTES,
      nameBytes: options.nameBytes ?? 64 << 10,
      entries: options.entries ?? Number.POSITIVE_INFINITY,
    };
  }

  /** Takes what stands at `offset`: a whole block, a shorter rest of the archive, or nothing at its very end. */
  block(block: Buffer, offset: number): Step {
    this.#place = { archive: this.archive, offset };
    if (block.length > 0 && block.length < BLOCK) throw truncated(this.archive, offset + block.length, "a header");
    if (block.length === 0 || isZeroBlock(block)) {
      if (this.#pending) throw invalid(this.#place, "the archive ends after an extended header without its entry");
      return END;
    }
    const raw = decodeBlock(block, this.#place);
    const extension = EXTENSIONS.get(raw.type);
    return extension === undefined ? { kind: "entry", header: this.#assemble(raw) } : this.#announce(extension, raw);
  }

  /** Takes the data of the extended header that the last step announced; `data` is not kept. */
  extension(data: Buffer): void {
    switch (this.#expected) {
      case "x":
        this.#local = parsePax(data, this.#place);
        break;
      case "g":
        this.#addGlobal(parsePax(data, this.#place));
        break;
      case "L":
        this.#longName = this.#longText(data);
        break;
      case "K":
        this.#longLink = this.#longText(data);
        break;
    }
    this.#expected = undefined;
  }

  get #pending(): boolean {
    return this.#local !== undefined || this.#longName !== undefined || this.#longLink !== undefined;
  }

  #announce(extension: Extension, raw: HeaderBlock): Step {
    const repeated = { x: this.#local, g: this.#pending || undefined, L: this.#longName, K: this.#longLink };
    if (repeated[extension] !== undefined) {
      throw invalid(this.#place, `extended header of type ${extension} where the entry of another one belongs`);
    }
    const limit = extension === "x" || extension === "g" ? this.#limits.paxBytes : this.#limits.nameBytes;
    if (raw.size > limit) {
      throw failure("LIMIT_EXCEEDED", this.#place, `extended header of ${raw.size} bytes; at most ${limit} are read`);
    }
    this.#expected = extension;
    return { kind: "extension", size: raw.size };
  }

  #addGlobal(records: PaxRecords): void {
    if (records.xattrs.size > 0 || records.sparse !== undefined) {
      throw failure("UNSUPPORTED", this.#place, "a global extended header sets extended attributes or sparse maps");
    }
    for (const [key, value] of records.fields) this.#global.set(key, value);
  }

  /** GNU's long names end with a NUL. */
  #longText(data: Buffer): string {
    const nul = data.indexOf(0);
    const text = data.toString("latin1", 0, nul < 0 ? data.length : nul);
    if (text === "") throw invalid(this.#place, "long name is empty");
    return text;
  }

  #assemble(raw: HeaderBlock): TarHeader {
    const local = this.#local ?? NO_RECORDS;
    const field = (key: string): string | undefined => (local.fields.get(key) ?? this.#global.get(key)) || undefined;
    const path = this.#name("path", this.#longName, local, raw.name);
    const linkpath = this.#name("linkpath", this.#longLink, local, raw.linkname);
    const type = this.#typeOf(raw.type, path, local);
    const link = type === "hardlink" || type === "symlink";
    const integer = (key: "size" | "uid" | "gid"): number => {
      const value = field(key);
      return value === undefined ? raw[key] : paxInteger(key, value, this.#place);
    };
    const mtime = field("mtime");
    const size = integer("size");
    const header: TarHeader = {
      path,
      type,
      mode: raw.mode,
      uid: integer("uid"),
      gid: integer("gid"),
      // Only files have bodies. (pax may let a hard link carry one; like GNU tar, Go and Python we read none.)
      size: type === "file" ? size : 0,
      mtime: mtime === undefined ? raw.mtime : parsePaxTime(mtime, this.#place),
      linkname: link ? linkpath : "",
      uname: field("uname") ?? raw.uname,
      gname: field("gname") ?? raw.gname,
      devmajor: raw.devmajor,
      devminor: raw.devminor,
      xattrs: local.xattrs,
    };
    if (++this.#entries > this.#limits.entries) {
      throw failure("LIMIT_EXCEEDED", this.#place, `more than ${this.#limits.entries} entries`);
    }
    this.#local = this.#longName = this.#longLink = undefined;
    return header;
  }

  #name(key: "path" | "linkpath", long: string | undefined, local: PaxRecords, short: string): string {
    const own = local.fields.get(key);
    if (long !== undefined && own) throw invalid(this.#place, `${key} is given in PAX and in GNU form at once`);
    const name = long ?? ((own ?? this.#global.get(key)) || short);
    if (name.length > this.#limits.nameBytes) {
      const limit = this.#limits.nameBytes;
      throw failure("LIMIT_EXCEEDED", this.#place, `${key} of ${name.length} bytes; at most ${limit} are read`);
    }
    return name;
  }

  #typeOf(code: number, path: string, local: PaxRecords): TarType {
    if (code === SPARSE || local.sparse !== undefined) {
      throw failure("UNSUPPORTED", this.#place, `${display(local.sparse || path)} is stored as a sparse file`);
    }
    const type = TYPES.get(code);
    if (type === undefined) {
      const shown = JSON.stringify(String.fromCharCode(code));
      throw failure("UNSUPPORTED", this.#place, `${display(path)} has the unknown entry type ${shown}`);
    }
    // v7 had no type for directories.
    return code === 0 && path.endsWith("/") ? "directory" : type;
  }
}
