import type { Content } from "../../../rootfs/content.ts";
import { type Line, linesOf } from "../lines.ts";

/** Limits of one file of records; what is larger is told and passed over. */
export interface RecordLimits {
  /** Bytes of a line, and of a field with all of its lines. */
  readonly maxLine: number;
  /** Records of a file. */
  readonly maxRecords: number;
}

/**
 * One paragraph: values of the fields that were asked for, by lower-case name, and the line that it begins at. A value is bytes as latin1;
 * its lines are joined by line feeds, each without blanks around it; a first line that is empty is left out.
 */
export interface FieldRecord {
  readonly line: number;
  readonly fields: ReadonlyMap<string, string>;
}

const COLON = 0x3a;
const SPACE = 0x20;
const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;

const MAX_NAME = 64;

const LIMITS: RecordLimits = { maxLine: 1024 * 1024, maxRecords: 200_000 };

/**
 * The paragraphs of a deb822 file (deb822(5)) that is read as a stream, with the wanted fields of each. Unlike
 * debian/package/control it refuses nothing: a line that is no field, or longer than the limit, is told once a file to
 * `complain`, with its number, and passed over. Of a field that stands twice the first counts. Ends early, and says so, beyond `maxRecords`.
 */
export async function* readRecords(
  content: Content,
  wanted: ReadonlySet<string>,
  complain: (problem: string) => void,
  limits: RecordLimits = LIMITS,
): AsyncGenerator<FieldRecord> {
  const reader = new RecordReader(wanted, complain, limits);
  for await (const lines of linesOf(content, limits.maxLine)) {
    for (const line of lines) {
      const record = reader.take(line);
      if (record !== undefined) yield record;
      if (reader.isOver) return;
    }
  }
  const last = reader.end();
  if (last !== undefined) yield last;
}

class RecordReader {
  readonly #wanted: ReadonlySet<string>;
  readonly #complain: (problem: string) => void;
  readonly #limits: RecordLimits;
  readonly #told = new Set<string>();
  #fields = new Map<string, FieldLines>();
  #current: FieldLines | undefined;
  /** Of the present record; 0 between two. */
  #begins = 0;
  #number = 0;
  #records = 0;
  isOver = false;

  constructor(wanted: ReadonlySet<string>, complain: (problem: string) => void, limits: RecordLimits) {
    this.#wanted = wanted;
    this.#complain = complain;
    this.#limits = limits;
  }

  /** The record that ends with this line. */
  take(line: Line): FieldRecord | undefined {
    this.#number++;
    if (line !== undefined && isBlank(line)) return this.end();
    this.#begins ||= this.#number;
    if (line === undefined) this.#once(`is longer than ${this.#limits.maxLine} bytes`);
    else if (line[0] !== SPACE && line[0] !== TAB) this.#beginField(line);
    else if (this.#current !== undefined && !this.#current.add(line)) this.#once("makes its field too long");
    return undefined;
  }

  /** The record that nothing follows. */
  end(): FieldRecord | undefined {
    if (this.#begins === 0) return undefined;
    if (++this.#records > this.#limits.maxRecords) {
      this.#complain(`it has more than ${this.#limits.maxRecords} entries`);
      this.isOver = true;
      return undefined;
    }
    const fields = new Map([...this.#fields].map(([name, lines]) => [name, lines.value()] as const));
    const record = { line: this.#begins, fields };
    this.#fields = new Map();
    this.#current = undefined;
    this.#begins = 0;
    return record;
  }

  #beginField(line: Buffer): void {
    this.#current = undefined;
    const colon = line.indexOf(COLON);
    if (colon <= 0) {
      this.#once("is no field");
      return;
    }
    const name = line.toString("latin1", 0, Math.min(colon, MAX_NAME)).toLowerCase();
    if (!this.#wanted.has(name) || this.#fields.has(name)) return;
    this.#current = new FieldLines(this.#limits.maxLine);
    this.#current.add(line.subarray(colon + 1));
    this.#fields.set(name, this.#current);
  }

  #once(kind: string): void {
    if (!this.#told.has(kind)) this.#complain(`line ${this.#number} ${kind}`);
    this.#told.add(kind);
  }
}

/** The lines of one field, up to a number of bytes. */
class FieldLines {
  readonly #lines: string[] = [];
  #free: number;

  constructor(limit: number) {
    this.#free = limit;
  }

  /** False where the line does not fit any more; then it is left out. */
  add(line: Buffer): boolean {
    this.#free -= line.length;
    if (this.#free < 0) return false;
    if (this.#lines.length === 1 && this.#lines[0] === "") this.#lines.pop();
    this.#lines.push(trimmed(line));
    return true;
  }

  value(): string {
    return this.#lines.join("\n");
  }
}

/** The text of a line without blanks around it: those of ASCII, as String.trim() takes bytes of UTF-8 for blanks too. */
function trimmed(line: Buffer): string {
  let start = 0;
  let end = line.length;
  while (start < end && isSpace(line[start])) start++;
  while (end > start && isSpace(line[end - 1])) end--;
  return line.toString("latin1", start, end);
}

function isBlank(line: Buffer): boolean {
  return line.every(isSpace);
}

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === CARRIAGE_RETURN;
}
