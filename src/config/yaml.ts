import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import { z } from "zod";
import { DistillError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";
import { excerpt, type Position } from "./excerpt.ts";

const MAX_SIZE = 1024 * 1024;
const MAX_SHOWN = 8;

/**
 * Reads YAML text (1.2) as a value of the schema. Everything that is wrong is told at once, CONFIG_INVALID, each with
 * file, line, column, the line itself and what was expected there.
 */
export function readYaml<T>(text: string, file: string, schema: z.ZodType<T>): T {
  if (text.length > MAX_SIZE) {
    throw new DistillError("LIMIT_EXCEEDED", `${file} is larger than ${MAX_SIZE} bytes`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const report = (problems: readonly Problem[]): DistillError => failure(text, file, problems);

  const syntax = [...document.errors, ...document.warnings].map((error) => ({
    position: positionAt(lines, error.pos[0]),
    message: error.message,
  }));
  if (syntax.length > 0) throw report(syntax);

  const result = schema.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (result.success) return result.data;
  throw report(result.error.issues.flatMap((issue) => problemsOf(issue, document, lines, schema)));
}

interface Problem {
  readonly position: Position;
  readonly message: string;
}

function failure(text: string, file: string, problems: readonly Problem[]): DistillError {
  const shown = problems.slice(0, MAX_SHOWN).map(({ position, message }) => {
    return `${file}:${position.line}:${position.column}: ${message}\n${excerpt(text, position)}`;
  });
  const rest = problems.length > MAX_SHOWN ? [`... and ${problems.length - MAX_SHOWN} more`] : [];
  return new DistillError("CONFIG_INVALID", [...shown, ...rest].join("\n"), {
    hint: "docs/distill-yaml.md describes each key",
  });
}

function problemsOf(
  issue: z.core.$ZodIssue,
  document: Document,
  lines: LineCounter,
  schema: z.ZodType,
): readonly Problem[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      position: positionAt(lines, keyOffset(document, path, key)),
      message: unknownKey([...path, key].join("."), key, keysAt(schema, issue.path)),
    }));
  }
  const where = path.length === 0 ? "" : `${path.join(".")}: `;
  return [{ position: positionAt(lines, valueOffset(document, issue.path)), message: where + describe(issue) }];
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_value") {
    const allowed = issue.values.map(String);
    const given = issue.input === undefined ? "" : `, found ${JSON.stringify(issue.input)}`;
    const guess = typeof issue.input === "string" ? nearest(issue.input, allowed) : undefined;
    return `expected ${allowed.length === 1 ? "" : "one of "}${allowed.join(", ")}${given}${guess === undefined ? "" : `; did you mean ${guess}?`}`;
  }
  if (issue.code === "invalid_type" && issue.input === undefined) return `is missing; expected ${issue.expected}`;
  return issue.message;
}

function unknownKey(shown: string, key: string, known: readonly string[]): string {
  const guess = nearest(key, known);
  const suggestion = guess === undefined ? "" : `; did you mean ${guess}?`;
  const list = known.length === 0 ? "" : ` (keys: ${known.join(", ")})`;
  return `${shown}: there is no such key${suggestion}${list}`;
}

/** Keys that the schema knows for the map at `path`. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let at: unknown = schema;
  for (const step of [...path, undefined]) {
    while (at instanceof z.ZodOptional) at = at.unwrap();
    if (step === undefined) break;
    if (at instanceof z.ZodArray) at = at.element;
    else if (at instanceof z.ZodObject) at = at.shape[String(step)];
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function valueOffset(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as Node | undefined;
    const range = node?.range;
    if (range !== undefined && range !== null) return range[0];
  }
  return 0;
}

function keyOffset(document: Document, path: readonly string[], key: string): number {
  const map = path.length === 0 ? document.contents : document.getIn(path, true);
  if (!isMap(map)) return 0;
  for (const pair of map.items) {
    if (isScalar(pair.key) && pair.key.value === key) return pair.key.range?.[0] ?? 0;
  }
  return 0;
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
