import { DistillError } from "../../lib/errors.ts";
import { isPackageName } from "./parse-package.ts";

/** The fields of a package that the index keeps, in the order of a record. */
export const RECORD_FIELDS = [
  "Package",
  "Provides",
  "Version",
  "Architecture",
  "Source",
  "Essential",
  "Priority",
  "Section",
  "Multi-Arch",
  "Depends",
  "Pre-Depends",
  "Conflicts",
  "Breaks",
  "Replaces",
  "Installed-Size",
  "Filename",
  "Size",
  "SHA256",
] as const;

const MANDATORY = ["Version", "Architecture", "Filename", "Size", "SHA256"].map((field) => ({
  field,
  slot: (RECORD_FIELDS as readonly string[]).indexOf(field),
}));

const MAX_LINE = 1024 * 1024;
const MAX_STANZA = 4 * 1024 * 1024;

const SLOTS = new Map<string, number>(RECORD_FIELDS.map((field, slot) => [field.toLowerCase(), slot]));
const UNKNOWN_FIELD = -1;
const NO_FIELD = -2;
const MAX_LEARNT_NAMES = 100;

const LINE_FEED = "\n";
const SPACE = 0x20;
const TAB = 0x09;
const HASH = 0x23;

/**
 * Reads a Packages file as it comes in, as latin1 text (what is kept is ASCII, and bytes survive), and hands on the
 * kept fields of each stanza, in the order of RECORD_FIELDS, "" where absent. FORMAT_INVALID for a line that is no
 * field, a field that stands twice and a stanza without what each package must have; LIMIT_EXCEEDED for lines over
 * 1 MiB and stanzas over 4 MiB.
 */
export class StanzaScanner {
  readonly #onStanza: (values: readonly string[]) => void;
  #rest = "";
  #line = 0;
  #values: string[] = [];
  #seen = 0;
  #length = 0;
  #slot = NO_FIELD;
  readonly #learnt = new Map<string, number>();

  constructor(onStanza: (values: readonly string[]) => void) {
    this.#onStanza = onStanza;
    this.#clear();
  }

  push(text: string): void {
    const block = this.#rest + text;
    let start = 0;
    for (;;) {
      const end = block.indexOf(LINE_FEED, start);
      if (end < 0) break;
      this.#read(block, start, end);
      start = end + 1;
    }
    this.#rest = block.slice(start);
    this.#limit(this.#rest.length, MAX_LINE, "a line");
  }

  /** To be called once, after the last text. */
  end(): void {
    if (this.#rest !== "") this.push(LINE_FEED);
    this.#finish();
  }

  #read(block: string, start: number, end: number): void {
    this.#line++;
    const length = end - start;
    this.#limit(length, MAX_LINE, "a line");
    const first = block.charCodeAt(start);
    if (length === 0) this.#finish();
    if (length === 0 || first === HASH) return;
    // A continuation of a field that is not kept: a fifth of all lines.
    if (first === SPACE && this.#slot === UNKNOWN_FIELD && block.charCodeAt(start + 1) > SPACE) return;
    const continues = first === SPACE || first === TAB ? block.slice(start, end).trim() : undefined;
    if (continues === "") {
      this.#finish();
      return;
    }
    this.#length += length;
    this.#limit(this.#length, MAX_STANZA, "a stanza");
    if (continues === undefined) this.#field(block, start, end);
    else this.#continue(continues);
  }

  #field(block: string, start: number, end: number): void {
    const colon = block.indexOf(":", start);
    if (colon <= start || colon >= end) throw this.#invalid("a line that is no field");
    const name = block.slice(start, colon);
    const slot = this.#learnt.get(name) ?? this.#learn(name);
    this.#slot = slot;
    if (slot === UNKNOWN_FIELD) return;
    if ((this.#seen & (1 << slot)) !== 0) throw this.#invalid(`a second ${name}`);
    this.#seen |= 1 << slot;
    this.#values[slot] = trimmed(block, colon + 1, end);
  }

  /** Names come in any case; each spelling is looked up once. */
  #learn(name: string): number {
    const slot = SLOTS.get(name.toLowerCase()) ?? UNKNOWN_FIELD;
    // A copy: the slice itself would keep its whole block in memory.
    if (this.#learnt.size < MAX_LEARNT_NAMES) this.#learnt.set(Buffer.from(name, "latin1").toString("latin1"), slot);
    return slot;
  }

  #continue(text: string): void {
    if (this.#slot === NO_FIELD) throw this.#invalid("a continuation line without a field");
    if (this.#slot >= 0) this.#values[this.#slot] += ` ${text}`;
  }

  #finish(): void {
    if (this.#length === 0) return;
    const name = this.#values[0];
    if (!name) throw this.#invalid("a stanza that ends here without a Package field");
    if (!isPackageName(name)) throw this.#invalid("not a package name");
    for (const { field, slot } of MANDATORY) {
      if (!this.#values[slot]) throw this.#invalid(`no ${field}`);
    }
    this.#onStanza(this.#values);
    this.#clear();
  }

  #clear(): void {
    this.#values = new Array<string>(RECORD_FIELDS.length).fill("");
    this.#seen = 0;
    this.#length = 0;
    this.#slot = NO_FIELD;
  }

  #invalid(what: string): DistillError {
    return new DistillError("FORMAT_INVALID", `package index, line ${this.#line}${this.#owner()}: ${what}`);
  }

  #limit(length: number, most: number, what: string): void {
    if (length <= most) return;
    throw new DistillError(
      "LIMIT_EXCEEDED",
      `package index, line ${this.#line}${this.#owner()}: ${what} is longer than ${most} bytes`,
    );
  }

  #owner(): string {
    return this.#values[0] ? `, package ${this.#values[0].slice(0, 80)}` : "";
  }
}

/** `text.slice(start, end).trim()`, without a second string for values in the usual form. */
function trimmed(text: string, start: number, end: number): string {
  const from = text.charCodeAt(start) === SPACE ? start + 1 : start;
  const plain = text.charCodeAt(from) > SPACE && text.charCodeAt(end - 1) > SPACE;
  return plain ? text.slice(from, end) : text.slice(from, end).trim();
}
