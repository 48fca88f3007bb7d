import { isUtf8 } from "node:buffer";
import { DistillError, isDistillError } from "../../lib/errors.ts";
import { JsonSyntaxError, parseJsonText } from "../../lib/json-text.ts";

/**
 * Told of a record that cannot be read: it is left out, those beside it are not. Readers that are given none throw at the
 * first such record.
 */
export type Broken = (problem: DistillError) => void;

export function throwBroken(problem: DistillError): never {
  throw problem;
}

/** Does `read` for one record of many, and tells `broken` of one that is malformed. */
export function readOrTell<T>(broken: Broken, read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch (error) {
    if (!isDistillError(error)) throw error;
    broken(error);
    return [];
  }
}

/** FORMAT_INVALID: `what` names the document, `path` the place in it ("affected[3].package.name"; "" for all of it). */
export function malformed(what: string, path: string, problem: string): DistillError {
  return new DistillError("FORMAT_INVALID", `${what}: ${path === "" ? "it" : path} ${problem}`);
}

/** What JSON bytes hold. FORMAT_INVALID with the place for any others, LIMIT_EXCEEDED above `maxBytes`. */
export function jsonOf(bytes: Uint8Array, what: string, maxBytes: number): unknown {
  if (bytes.length > maxBytes) throw new DistillError("LIMIT_EXCEEDED", `${what} is larger than ${maxBytes} bytes`);
  if (!isUtf8(bytes)) throw malformed(what, "", "is not UTF-8");
  const decoded = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  const text = decoded.startsWith("\ufeff") ? decoded.slice(1) : decoded;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new DistillError("FORMAT_INVALID", `${what}: ${syntaxErrorOf(text)}`, { cause });
  }
}

/** Of a longer text the place is not looked for: that takes far more memory than the text. */
const MAX_EXPLAINED = 1 << 20;

/** JSON.parse quotes what it refuses, and says the place only sometimes. */
function syntaxErrorOf(text: string): string {
  try {
    if (text.length <= MAX_EXPLAINED) parseJsonText(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return `not JSON at character ${error.offset}: ${error.message}`;
  }
  return "not JSON";
}

/** Keys of a map; `unknown` behind each. */
export type Fields = Readonly<Record<string, unknown>>;

export function mapOf(value: unknown, what: string, path: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed(what, path, "is not a map");
  return value as Fields;
}

/** An empty one for null and for what is absent: JSON of Go programs has null for an empty list. */
export function listOf(value: unknown, what: string, path: string, maxItems: number): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw malformed(what, path, "is not a list");
  if (value.length > maxItems) throw malformed(what, path, `has more than ${maxItems} items`);
  return value;
}

/** As listOf(), for what may be absent. */
export function optionalMapOf(value: unknown, what: string, path: string): Fields {
  return value === undefined || value === null ? {} : mapOf(value, what, path);
}

/** A text without control characters, of 1 to `maxLength` characters: a name, an id, a version. */
export function wordOf(value: unknown, what: string, path: string, maxLength: number): string {
  if (typeof value !== "string") throw malformed(what, path, "is not a text");
  if (value === "") throw malformed(what, path, "is empty");
  if (value.length > maxLength) throw malformed(what, path, `is longer than ${maxLength} characters`);
  if (CONTROL.test(value)) throw malformed(what, path, "holds control characters");
  return value;
}

/** The id of a record, as all databases write theirs. */
export function idOf(value: unknown, what: string, path: string): string {
  const word = wordOf(value, what, path, MAX_ID);
  if (!ID.test(word)) throw malformed(what, path, "is not an id");
  return word;
}

/** Ids of other records: what is none, which occurs, is left out. */
export function idsOf(value: unknown, what: string, path: string, maxItems: number): readonly string[] {
  return listOf(value, what, path, maxItems).flatMap((each, index) => {
    if (typeof each !== "string") throw malformed(what, `${path}[${index}]`, "is not a text");
    const id = each.trim();
    return ID.test(id) ? [id] : [];
  });
}

const ID = /^[A-Za-z0-9][A-Za-z0-9._:+@~/-]{0,199}$/;

/** What a place is called after something that was read. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text)
    .toWellFormed()
    .replaceAll(new RegExp(CONTROL, "g"), "\ufffd");
}

const MAX_QUOTED = 100;

export function optionalWordOf(value: unknown, what: string, path: string, maxLength: number): string | undefined {
  return value === undefined || value === null || value === "" ? undefined : wordOf(value, what, path, maxLength);
}

/** Any text, for oneLine(): what people read may hold anything. */
export function optionalTextOf(value: unknown, what: string, path: string): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw malformed(what, path, "is not a text");
  return value;
}

/** Also line and paragraph separators, and what turns the direction of writing around. */
const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** Longest ids of records, names of packages, and versions, in characters. */
export const MAX_ID = 200;
export const MAX_NAME = 1000;
export const MAX_VERSION = 1000;
