import type { Command, Part, Word } from "./shell-syntax.ts";

/** A script that is no POSIX sh, or more deeply nested than any person writes. */
export class ShellSyntaxError extends Error {
  readonly line: number;

  constructor(line: number, problem: string) {
    super(problem);
    this.line = line;
  }
}

/** Deepest nesting of commands and substitutions. */
export const MAX_DEPTH = 60;

const BLANKS = " \t\r";
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const PARAMETER = /[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-]/y;
const OPERATOR = /:?[-=+?]|##?|%%?/y;
const ENDS_WORD = " \t\r\n;&|<>()";

/** Parses the commands of a substitution: `text` between backquotes, or what follows `$(` up to its `)`. */
export interface Nested {
  backquoted(text: string, line: number, depth: number): readonly Command[];
  parenthesised(cursor: Cursor, depth: number): readonly Command[];
}

/** A place in a script, moving forward only; reads words (Shell Command Language, 2.2, 2.3 and 2.6). */
export class Cursor {
  readonly text: string;
  at = 0;
  line: number;

  constructor(text: string, line = 1) {
    this.text = text;
    this.line = line;
  }

  peek(offset = 0): string {
    return this.text[this.at + offset] ?? "";
  }

  next(): string {
    const char = this.peek();
    if (char === "\n") this.line++;
    this.at++;
    return char;
  }

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  startsWith(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  /** What `pattern` (sticky) matches here, moved over; undefined where it does not. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) return undefined;
    this.at += found.length;
    return found;
  }

  /** Moves over blanks, comments and lines that are continued; not over the end of a line. */
  skipBlanks(): void {
    for (;;) {
      const char = this.peek();
      if (char !== "" && BLANKS.includes(char)) this.at++;
      else if (char === "\\" && this.peek(1) === "\n") {
        this.next();
        this.next();
      } else if (char === "#") {
        while (!this.ended && this.peek() !== "\n") this.at++;
      } else return;
    }
  }

  fail(problem: string): never {
    throw new ShellSyntaxError(this.line, problem);
  }
}

/** The word at the cursor; undefined where none begins. */
export function readWord(cursor: Cursor, nested: Nested, depth: number): Word | undefined {
  const start = cursor.at;
  const parts = readParts(cursor, nested, depth, (char) => ENDS_WORD.includes(char));
  return cursor.at === start ? undefined : { parts, source: cursor.text.slice(start, cursor.at) };
}

/** A name at the cursor, such as that of a variable. */
export function readName(cursor: Cursor): string | undefined {
  return cursor.take(NAME);
}

function readParts(cursor: Cursor, nested: Nested, depth: number, ends: (char: string) => boolean): readonly Part[] {
  if (depth > MAX_DEPTH) cursor.fail("it is nested too deeply");
  const parts: Part[] = [];
  let text = "";
  const flush = (): void => {
    if (text !== "") parts.push({ kind: "text", text, quoted: false });
    text = "";
  };
  while (!cursor.ended && !ends(cursor.peek())) {
    const char = cursor.next();
    if (char === "\\") {
      if (cursor.peek() === "\n") cursor.next();
      else {
        flush();
        parts.push({ kind: "text", text: cursor.next(), quoted: true });
      }
    } else if (char === "'") {
      flush();
      parts.push({ kind: "text", text: singleQuoted(cursor), quoted: true });
    } else if (char === '"') {
      flush();
      parts.push(...doubleQuoted(cursor, nested, depth));
    } else if (char === "$" || char === "`") {
      const part = substitution(char, cursor, nested, depth, false);
      if (part === undefined) text += char;
      else {
        flush();
        parts.push(part);
      }
    } else text += char;
  }
  flush();
  return parts;
}

function singleQuoted(cursor: Cursor): string {
  const start = cursor.at;
  while (cursor.peek() !== "'") {
    if (cursor.ended) cursor.fail("a quote is not closed");
    cursor.next();
  }
  cursor.at++;
  return cursor.text.slice(start, cursor.at - 1);
}

function doubleQuoted(cursor: Cursor, nested: Nested, depth: number): readonly Part[] {
  const parts: Part[] = [];
  let text = "";
  for (;;) {
    if (cursor.ended) cursor.fail("a quote is not closed");
    const char = cursor.next();
    if (char === '"') break;
    if (char === "\\" && '$`"\\\n'.includes(cursor.peek())) {
      const escaped = cursor.next();
      if (escaped !== "\n") text += escaped;
      continue;
    }
    const part = char === "$" || char === "`" ? substitution(char, cursor, nested, depth, true) : undefined;
    if (part === undefined) text += char;
    else {
      if (text !== "") parts.push({ kind: "text", text, quoted: true });
      parts.push(part);
      text = "";
    }
  }
  // "" is an empty argument, and "$@" may be none at all.
  if (text !== "" || parts.length === 0) parts.push({ kind: "text", text, quoted: true });
  return parts;
}

/** What follows `$` or a backquote; undefined where the `$` stands for itself. */
function substitution(char: string, cursor: Cursor, nested: Nested, depth: number, quoted: boolean): Part | undefined {
  if (depth > MAX_DEPTH) cursor.fail("it is nested too deeply");
  if (char === "`") return { kind: "command", body: backquotes(cursor, nested, depth), quoted };
  if (cursor.startsWith("((")) {
    skipArithmetic(cursor);
    return { kind: "arithmetic", quoted };
  }
  if (cursor.peek() === "(") {
    cursor.at++;
    return { kind: "command", body: nested.parenthesised(cursor, depth + 1), quoted };
  }
  if (cursor.peek() === "{") return braced(cursor, nested, depth, quoted);
  const digit = cursor.take(/[0-9]/y);
  const name = digit ?? cursor.take(PARAMETER);
  return name === undefined ? undefined : { kind: "parameter", name, operator: "", operand: undefined, quoted };
}

function braced(cursor: Cursor, nested: Nested, depth: number, quoted: boolean): Part {
  cursor.at++;
  if (cursor.peek() === "#" && cursor.peek(1) !== "}") {
    cursor.at++;
    const name = cursor.take(PARAMETER) ?? cursor.fail("a parameter has no name");
    if (cursor.next() !== "}") cursor.fail("a parameter is not closed");
    return { kind: "parameter", name, operator: "length", operand: undefined, quoted };
  }
  const name = cursor.take(PARAMETER) ?? cursor.fail("a parameter has no name");
  // What only bash has (${name//a/b}, ${name[0]}) has a value that nothing here needs to know.
  const operator = cursor.peek() === "}" ? "" : (cursor.take(OPERATOR) ?? "other");
  const start = cursor.at;
  const parts = readParts(cursor, nested, depth + 1, (char) => char === "}");
  const operand = operator === "" ? undefined : { parts, source: cursor.text.slice(start, cursor.at) };
  if (cursor.next() !== "}") cursor.fail("a parameter is not closed");
  return { kind: "parameter", name, operator, operand, quoted };
}

function backquotes(cursor: Cursor, nested: Nested, depth: number): readonly Command[] {
  const line = cursor.line;
  let text = "";
  for (;;) {
    if (cursor.ended) cursor.fail("a backquote is not closed");
    const char = cursor.next();
    if (char === "`") break;
    if (char === "\\" && "$`\\".includes(cursor.peek())) text += cursor.next();
    else text += char;
  }
  return nested.backquoted(text, line, depth + 1);
}

function skipArithmetic(cursor: Cursor): void {
  let open = 0;
  do {
    if (cursor.ended) cursor.fail("an arithmetic expression is not closed");
    const char = cursor.next();
    if (char === "(") open++;
    else if (char === ")") open--;
  } while (open > 0);
}
