import { escapePattern, matchesPattern } from "./shell-pattern.ts";
import type { ShellState, Value } from "./shell-state.ts";
import type { Command, Part, Word } from "./shell-syntax.ts";

/** An argument of a command. Where it is not known, `text` shows the script's own words in its place. */
export interface Field {
  readonly text: string;
  readonly known: boolean;
}

/** What `$(...)` prints; null where only a run would show it. */
export type Output = (body: readonly Command[]) => Value;

/** Most arguments that one word may become. */
const MAX_FIELDS = 1000;
const PATTERN = /[*?]|\[.*\]/;

/** The arguments that a word becomes (Shell Command Language, 2.6). A pattern for file names is not known. */
export function expandFields(word: Word, state: ShellState, output: Output): readonly Field[] {
  const fields: Field[] = [];
  let text = "";
  let known = true;
  let present = false;
  const flush = (): void => {
    if (present && fields.length < MAX_FIELDS) fields.push({ text, known });
    text = "";
    known = true;
    present = false;
  };
  for (const part of word.parts) {
    if (part.kind === "parameter" && part.name === "@" && part.operator === "" && state.positional !== undefined) {
      state.positional.forEach((value, index) => {
        if (index > 0) flush();
        text += value ?? `$${index + 1}`;
        known &&= value !== null;
        present = true;
      });
      continue;
    }
    const value = expanded(part, state, output);
    if (value === null) {
      text += sourceOf(part);
      known = false;
      present = true;
    } else if (part.quoted || part.kind === "text") {
      text += value;
      present = true;
      if (!part.quoted && PATTERN.test(value)) known = false;
    } else {
      const pieces = value.split(/[ \t\n]+/);
      pieces.forEach((piece, index) => {
        if (index > 0) flush();
        text += piece;
        present ||= piece !== "";
        if (PATTERN.test(piece)) known = false;
      });
    }
  }
  flush();
  return fields;
}

/** The text that a word becomes where it is not split, as behind `NAME=`. */
export function expandText(word: Word, state: ShellState, output: Output): Value {
  return joined(word.parts.map((part) => expanded(part, state, output)));
}

/** The pattern that a word becomes, with what was quoted escaped. */
export function expandPattern(word: Word, state: ShellState, output: Output): Value {
  return joined(
    word.parts.map((part) => {
      const value = expanded(part, state, output);
      return value !== null && part.quoted ? escapePattern(value) : value;
    }),
  );
}

function joined(values: readonly Value[]): Value {
  return values.includes(null) ? null : values.join("");
}

function expanded(part: Part, state: ShellState, output: Output): Value {
  switch (part.kind) {
    case "text":
      return part.text;
    case "command":
      return output(part.body);
    case "arithmetic":
      return null;
    default:
      return parameter(part, state, output);
  }
}

function parameter(part: Extract<Part, { kind: "parameter" }>, state: ShellState, output: Output): Value {
  const value = state.get(part.name);
  const { operator } = part;
  const operand = (): Value => (part.operand === undefined ? "" : expandText(part.operand, state, output));
  const missing = value === undefined || (operator.startsWith(":") && value === "");
  switch (operator.replace(":", "")) {
    case "":
      return value === undefined ? "" : value;
    case "-":
    case "=":
      return missing ? operand() : value;
    case "+":
      return value === null ? null : missing ? "" : operand();
    case "?":
      return value ?? null;
    case "length":
      return value === null ? null : String((value ?? "").length);
    case "%":
    case "%%":
    case "#":
    case "##": {
      const pattern = part.operand === undefined ? "" : expandPattern(part.operand, state, output);
      return value === null || pattern === null ? null : trimmed(value ?? "", pattern, operator);
    }
    default:
      return null;
  }
}

/** `value` without the shortest or longest end (%) or beginning (#) that matches. */
function trimmed(value: string, pattern: string, operator: string): Value {
  // Each length is tried: that is quadratic, so only for what fits on a line.
  if (value.length > 256 || pattern.length > 256) return null;
  const lengths = Array.from({ length: value.length + 1 }, (_, length) => length);
  if (operator.length === 2) lengths.reverse();
  const fromEnd = operator.startsWith("%");
  for (const length of lengths) {
    const piece = fromEnd ? value.slice(value.length - length) : value.slice(0, length);
    if (matchesPattern(piece, pattern)) return fromEnd ? value.slice(0, value.length - length) : value.slice(length);
  }
  return value;
}

function sourceOf(part: Part): string {
  if (part.kind === "parameter") return /^\w+$/.test(part.name) ? `$${part.name}` : `\${${part.name}}`;
  return part.kind === "text" ? part.text : "$(...)";
}
