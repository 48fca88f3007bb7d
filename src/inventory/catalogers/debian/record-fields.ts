import type { Content } from "../../../rootfs/content.ts";
import { linesOf } from "../lines.ts";

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
  const told = new Set<string>();
  const once = (kind: string, line: number): void => {
    if (!told.has(kind)) complain(`line ${line} ${kind}`);
    told.add(kind);
  };
  let fields = new Map<string, FieldLines>();
  let current: FieldLines | undefined;
  let begins = 0;
  let number = 0;
  let records = 0;
  for await (const line of linesOf(content, limits.maxLine)) {
    number++;
    if (line === undefined) {
      once(`is longer than ${limits.maxLine} bytes`, number);
      begins ||= number;
    } else if (isBlank(line)) {
      if (begins === 0) continue;
      if (++records > limits.maxRecords) {
        complain(`it has more than ${limits.maxRecords} entries`);
        return;
      }
      yield { line: begins, fields: valuesOf(fields) };
      fields = new Map();
      current = undefined;
      begins = 0;
    } else if (line[0] === SPACE || line[0] === TAB) {
      begins ||= number;
      if (current !== undefined && !current.add(line)) once("makes its field too long", number);
    } else {
      begins ||= number;
      current = undefined;
      const colon = line.indexOf(COLON);
      if (colon <= 0) {
        once("is no field", number);
        continue;
      }
      const name = line.toString("latin1", 0, Math.min(colon, 64)).toLowerCase();
      if (!wanted.has(name) || fields.has(name)) continue;
      current = new FieldLines(limits.maxLine);
      current.add(line.subarray(colon + 1));
      fields.set(name, current);
    }
  }
  if (begins !== 0 && records < limits.maxRecords) yield { line: begins, fields: valuesOf(fields) };
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

function valuesOf(fields: ReadonlyMap<string, FieldLines>): ReadonlyMap<string, string> {
  return new Map([...fields].map(([name, lines]) => [name, lines.value()]));
}

function isBlank(line: Buffer): boolean {
  return line.every(isSpace);
}

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === CARRIAGE_RETURN;
}
