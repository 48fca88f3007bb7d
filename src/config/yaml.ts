import { type Document, LineCounter, parseDocument, visit, type YAMLError } from "yaml";
import type { z } from "zod";
import { DistillError } from "../lib/errors.ts";
import { excerpt, type Position } from "../lib/excerpt.ts";
import { type Problem, schemaProblems, valueOffset } from "./schema-problems.ts";

const MAX_SIZE = 256 * 1024;
const MAX_ALIASES = 100;
const MAX_SHOWN = 8;

/** A value, and where it was written. */
export interface LocatedValue<T> {
  readonly value: T;
  /** Line, from 1, of what stands at a path (`["ignore", 0]`); of what holds it where nothing does. */
  lineOf(path: readonly (string | number)[]): number;
}

/** The page that describes a file's keys. */
const PAGE = "docs/distill-yaml.md";

/**
 * Reads YAML text (1.2) as a value of the schema. Everything that is wrong is told at once, CONFIG_INVALID, each with
 * file, line, column, the line itself and what was expected there. A number or a truth value that is not written as it
 * would be printed (3.10, 0644, 1e3, True) is taken as the text that it is, so no digit of it is lost. Texts of more
 * than 256 KiB, many aliases and deep nesting are LIMIT_EXCEEDED.
 */
export function readYaml<T>(given: string, file: string, schema: z.ZodType<T>): T {
  return readLocatedYaml(given, file, schema, PAGE).value;
}

/** As readYaml, with the places of values; `page` describes the keys. */
export function readLocatedYaml<T>(given: string, file: string, schema: z.ZodType<T>, page: string): LocatedValue<T> {
  const text = given.replace(/^\ufeff/, "");
  if (Buffer.byteLength(text) > MAX_SIZE) {
    throw new DistillError("LIMIT_EXCEEDED", `${file} is larger than the ${MAX_SIZE} bytes that are read`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    logLevel: "error",
  });
  const syntax = [...document.errors, ...document.warnings];
  if (syntax.some(({ message }) => /stack/i.test(message))) throw tooDeep(file);
  const problems = syntax.length > 0 ? syntax.map(syntaxProblem) : prepare(document, file);
  if (problems.length > 0) throw failure({ text, file, lines, page }, problems);

  const value = toValue(document, file);
  const result = schema.safeParse(value);
  if (!result.success) {
    throw failure({ text, file, lines, page }, schemaProblems(result.error.issues, { document, value, schema }));
  }
  return {
    value: result.data,
    lineOf: (path) => positionAt(lines, valueOffset(document, path)).line,
  };
}

interface WrittenFile {
  readonly text: string;
  readonly file: string;
  readonly lines: LineCounter;
  readonly page: string;
}

/** Keeps scalars as they were written, and finds what the parser lets pass. */
function prepare(document: Document, file: string): readonly Problem[] {
  const problems: Problem[] = [];
  let aliases = 0;
  visit(document, {
    Scalar(_, node) {
      const { value, source } = node;
      if ((typeof value === "number" || typeof value === "boolean") && source !== undefined && String(value) !== source)
        node.value = source;
      if (value === "__proto__") {
        problems.push({ offset: node.range?.[0] ?? 0, message: "__proto__ cannot be used here" });
      }
    },
    Alias(_, node) {
      if (++aliases > MAX_ALIASES) {
        throw new DistillError("LIMIT_EXCEEDED", `${file} uses more than ${MAX_ALIASES} aliases (*NAME)`);
      }
      if (node.resolve(document) === undefined) {
        const message = `*${node.source} repeats a value that no &${node.source} above it names; quote a text that begins with *`;
        problems.push({ offset: node.range?.[0] ?? 0, message });
      }
    },
  });
  return problems;
}

function toValue(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep(file);
    if (!(error instanceof ReferenceError)) throw error;
    throw new DistillError("LIMIT_EXCEEDED", `the aliases (*NAME) of ${file} stand for too much text`, {
      cause: error,
    });
  }
}

function tooDeep(file: string): DistillError {
  return new DistillError("LIMIT_EXCEEDED", `lists and maps are nested too deeply in ${file}`);
}

function syntaxProblem({ code, message, pos }: YAMLError): Problem {
  switch (code) {
    case "DUPLICATE_KEY":
      return { offset: pos[0], message: "this key is in the map already" };
    case "MULTIPLE_DOCS":
      return { offset: pos[0], message: "a second document begins here; a file has one" };
    case "TAB_AS_INDENT":
      return { offset: pos[0], message: "a tab cannot indent in YAML; use spaces" };
    case "NON_STRING_KEY":
      return { offset: pos[0], message: "a key must be a text" };
    default:
      return { offset: pos[0], message };
  }
}

function failure({ text, file, lines, page }: WrittenFile, problems: readonly Problem[]): DistillError {
  const sorted = problems.toSorted((a, b) => a.offset - b.offset);
  const shown = sorted.slice(0, MAX_SHOWN).map(({ offset, message }) => {
    const position = positionAt(lines, offset);
    return `${file}:${position.line}:${position.column}: ${message}\n${excerpt(text, position)}`;
  });
  const rest = sorted.length > MAX_SHOWN ? [`... and ${sorted.length - MAX_SHOWN} more`] : [];
  return new DistillError("CONFIG_INVALID", [...shown, ...rest].join("\n"), {
    hint: `${page} describes each key`,
  });
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
