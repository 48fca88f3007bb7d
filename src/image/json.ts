import { DistillError } from "../lib/errors.ts";

/** A JSON object of a foreign document, with what it is for error messages ("image config"). */
export interface JsonObject {
  readonly what: string;
  readonly fields: ReadonlyMap<string, unknown>;
}

/** Parses UTF-8 JSON of at most `limit` bytes that must be an object. LIMIT_EXCEEDED or FORMAT_INVALID otherwise. */
export function parseJsonObject(bytes: Uint8Array, what: string, limit: number): JsonObject {
  if (bytes.length > limit) {
    throw new DistillError("LIMIT_EXCEEDED", `${what} has ${bytes.length} bytes, more than the ${limit} allowed`);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new DistillError("FORMAT_INVALID", `${what} is not valid JSON`, { cause });
  }
  return asObject(value, what);
}

export function asObject(value: unknown, what: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(what, "an object");
  return { what, fields: new Map(Object.entries(value)) };
}

export function requiredString(object: JsonObject, key: string): string {
  return optionalString(object, key) ?? fail(object, key, "a string");
}

/** Go writes absent values as null, or leaves them out: both read as undefined, here and in the functions below. */
export function optionalString(object: JsonObject, key: string): string | undefined {
  const value = object.fields.get(key) ?? undefined;
  return value === undefined || typeof value === "string" ? value : fail(object, key, "a string");
}

export function optionalBoolean(object: JsonObject, key: string): boolean | undefined {
  const value = object.fields.get(key) ?? undefined;
  return value === undefined || typeof value === "boolean" ? value : fail(object, key, "true or false");
}

/** A whole number from 0 to 2^53-1. */
export function requiredSize(object: JsonObject, key: string): number {
  return optionalInteger(object, key, 0) ?? fail(object, key, "a whole number");
}

export function optionalInteger(
  object: JsonObject,
  key: string,
  minimum = Number.MIN_SAFE_INTEGER,
): number | undefined {
  const value = object.fields.get(key) ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= minimum) return value;
  return fail(object, key, "a whole number");
}

export function optionalObject(object: JsonObject, key: string): JsonObject | undefined {
  const value = object.fields.get(key) ?? undefined;
  return value === undefined ? undefined : asObject(value, nameOf(object, key));
}

export function requiredObject(object: JsonObject, key: string): JsonObject {
  return optionalObject(object, key) ?? fail(object, key, "an object");
}

export function optionalStrings(object: JsonObject, key: string): readonly string[] | undefined {
  const value = object.fields.get(key) ?? undefined;
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  return fail(object, key, "a list of strings");
}

export function requiredStrings(object: JsonObject, key: string): readonly string[] {
  return optionalStrings(object, key) ?? fail(object, key, "a list of strings");
}

export function optionalObjects(object: JsonObject, key: string): readonly JsonObject[] | undefined {
  const value = object.fields.get(key) ?? undefined;
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) return fail(object, key, "a list");
  return value.map((item: unknown, index) => asObject(item, `${nameOf(object, key)}[${index}]`));
}

export function requiredObjects(object: JsonObject, key: string): readonly JsonObject[] {
  return optionalObjects(object, key) ?? fail(object, key, "a list");
}

export type StringMap = Readonly<Record<string, string>>;

export function optionalStringMap(object: JsonObject, key: string): StringMap | undefined {
  const map = optionalObject(object, key);
  if (map === undefined) return undefined;
  for (const name of map.fields.keys()) requiredString(map, name);
  return Object.fromEntries(map.fields) as StringMap;
}

/** The keys of a Go `map[string]struct{}` (ExposedPorts, Volumes). */
export function optionalKeySet(object: JsonObject, key: string): Readonly<Record<string, object>> | undefined {
  const map = optionalObject(object, key);
  return map === undefined ? undefined : Object.fromEntries([...map.fields.keys()].map((name) => [name, {}]));
}

/** The same fields without those that are undefined, so that an absent field is absent and not a key with no value. */
export function present<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}

/** A map in the order of its keys; undefined when it has none. */
export function sortedMap<T>(map: Readonly<Record<string, T>> | undefined): Record<string, T> | undefined {
  const entries = Object.entries(map ?? {});
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** JSON as UTF-8 bytes, without white space, keys in the order in which they were inserted. */
export function encodeJson(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function nameOf(object: JsonObject, key: string): string {
  return `${object.what}: ${key}`;
}

function fail(object: JsonObject, key: string, expected: string): never {
  throw wrong(nameOf(object, key), expected);
}

function wrong(what: string, expected: string): DistillError {
  return new DistillError("FORMAT_INVALID", `${what} must be ${expected}`);
}
