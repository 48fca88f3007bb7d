import { type Content, streamContent } from "../rootfs/content.ts";

/** Limits of one file of records; what is larger is told and passed over. */
export interface RecordLimits {
  /** Bytes of a line. */
  readonly maxLine: number;
  /** Records of a file. */
  readonly maxRecords: number;
}

/** One paragraph: values of the fields that were asked for, by lower-case name, and the line that it begins at. */
export interface FieldRecord {
  readonly line: number;
  readonly fields: ReadonlyMap<string, string>;
}

const LINE_FEED = 0x0a;
const COLON = 0x3a;
const SPACE = 0x20;
const TAB = 0x09;

const LIMITS: RecordLimits = { maxLine: 1024 * 1024, maxRecords: 200_000 };

/**
 * The paragraphs of a deb822 file (deb822(5)) that is read as a stream, with the wanted fields of one line each. Unlike
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
  let fields = new Map<string, string>();
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
      yield { line: begins, fields };
      fields = new Map();
      begins = 0;
    } else {
      begins ||= number;
      if (line[0] === SPACE || line[0] === TAB) continue;
      const colon = line.indexOf(COLON);
      if (colon <= 0) {
        once("is no field", number);
        continue;
      }
      const name = line.toString("latin1", 0, Math.min(colon, 64)).toLowerCase();
      if (wanted.has(name) && !fields.has(name)) fields.set(name, line.toString("utf8", colon + 1).trim());
    }
  }
  if (begins !== 0 && records < limits.maxRecords) yield { line: begins, fields };
}

/** Lines without their end; undefined in place of one that is too long, which is never held whole. */
async function* linesOf(content: Content, maxLine: number): AsyncGenerator<Buffer | undefined> {
  let rest: Buffer = Buffer.alloc(0);
  let tooLong = false;
  for await (const chunk of streamContent(content)) {
    const block = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = block.indexOf(LINE_FEED, start); end >= 0; end = block.indexOf(LINE_FEED, start)) {
      yield tooLong || end - start > maxLine ? undefined : block.subarray(start, end);
      tooLong = false;
      start = end + 1;
    }
    rest = block.subarray(start);
    if (rest.length > maxLine) {
      tooLong = true;
      rest = Buffer.alloc(0);
    }
  }
  if (tooLong) yield undefined;
  else if (rest.length > 0) yield rest;
}

function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === SPACE || byte === TAB || byte === 0x0d);
}
