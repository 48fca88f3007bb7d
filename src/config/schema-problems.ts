import { type Document, isMap, isScalar, type Node } from "yaml";
import { z } from "zod";
import { nearest } from "../lib/nearest.ts";

/** Something that is wrong at a place of the text. */
export interface Problem {
  /** In UTF-16 units from the beginning. */
  readonly offset: number;
  readonly message: string;
}

interface Checked {
  readonly document: Document;
  readonly value: unknown;
  readonly schema: z.ZodType;
}

type Path = readonly PropertyKey[];

/** What a schema found wrong, in words for whoever wrote the file and with the place in it. */
export function schemaProblems(issues: readonly z.core.$ZodIssue[], checked: Checked): readonly Problem[] {
  return issues.flatMap((issue) => problemsOf(issue, checked));
}

function problemsOf(issue: z.core.$ZodIssue, { document, value, schema }: Checked): readonly Problem[] {
  const { path } = issue;
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        offset: keyOffset(document, path, key),
        message: unknownKey(key, path, keysAt(schema, path)),
      }));
    case "invalid_key": {
      const message = `${shown(path)}: ${issue.issues[0]?.message ?? issue.message}`;
      return [{ offset: keyOffset(document, path.slice(0, -1), String(path.at(-1))), message }];
    }
    default: {
      const found = valueAt(value, path);
      const where = path.length === 0 ? "" : `${shown(path)}: `;
      return [{ offset: valueOffset(document, path), message: where + describe(issue, found, keysAt(schema, path)) }];
    }
  }
}

function describe(issue: z.core.$ZodIssue, found: unknown, keys: readonly string[]): string {
  const expected = expectation(issue, keys);
  if (found === undefined) return `is missing; ${expected}`;
  const given = `${expected}, found ${describeValue(found)}`;
  if (typeof found !== "string") return given;
  const guess = nearest(found, valuesOf(issue));
  return guess === undefined ? given : `${given}; did you mean ${guess}?`;
}

/** Texts that would have been right. */
function valuesOf(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code === "invalid_value") return issue.values.map(String);
  return issue.code === "invalid_union" ? issue.errors.flat().flatMap(valuesOf) : [];
}

function expectation(issue: z.core.$ZodIssue, keys: readonly string[]): string {
  if (issue.code === "invalid_value") {
    const allowed = issue.values.map(String);
    return `expected ${allowed.length === 1 ? "" : "one of "}${allowed.join(", ")}`;
  }
  if (issue.code === "invalid_type" && issue.expected === "object") {
    return `expected keys and values (keys: ${keys.join(", ")})`;
  }
  return issue.message;
}

function describeValue(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  switch (typeof value) {
    case "string":
      return value === "" ? "an empty text" : JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
    case "object":
      return "a map";
    default:
      return String(value);
  }
}

function unknownKey(key: string, path: Path, known: readonly string[]): string {
  const guess = nearest(key, known);
  const suggestion = guess === undefined ? "" : `; did you mean ${guess}?`;
  return `${shown([...path, key])}: there is no such key${suggestion} (keys: ${known.join(", ")})`;
}

/** copy[0].from */
function shown(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? String(step) : `${text}.${String(step)}`;
  }, "");
}

/** Keys that the schema knows for the map at `path`. */
function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  let at: unknown = unwrapped(schema);
  for (const step of path) {
    if (at instanceof z.ZodArray) at = at.element;
    else if (at instanceof z.ZodObject) at = at.shape[String(step)];
    at = unwrapped(at);
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function unwrapped(schema: unknown): unknown {
  let at = schema;
  while (at instanceof z.ZodOptional) at = at.unwrap();
  return at;
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = Object.getOwnPropertyDescriptor(at, step)?.value;
  }
  return at;
}

/** Where the value begins; for one that is missing, the map that lacks it. */
export function valueOffset(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const range = nodeAt(document, path.slice(0, length))?.range;
    if (range) return range[0];
  }
  return 0;
}

function keyOffset(document: Document, path: Path, key: string): number {
  const map = nodeAt(document, path);
  if (isMap(map)) {
    for (const pair of map.items) {
      if (isScalar(pair.key) && pair.key.value === key) return pair.key.range?.[0] ?? 0;
    }
  }
  return valueOffset(document, path);
}

function nodeAt(document: Document, path: Path): Node | null | undefined {
  if (path.length === 0) return document.contents;
  return document.getIn(path, true) as Node | undefined;
}
