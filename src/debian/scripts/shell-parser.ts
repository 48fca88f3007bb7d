import type { Command, Redirect, SimpleCommand, Word } from "./shell-syntax.ts";
import { Cursor, MAX_DEPTH, type Nested, readName, readWord } from "./shell-words.ts";

const RESERVED: ReadonlySet<string> = new Set(
  "if then else elif fi do done case esac while until for in { } !".split(" "),
);
const REDIRECT = /[0-9]*(?:<<-|<<|>>|<&|>&|<>|>\||<|>)|&>>?/y;
const FUNCTION_NAME = /[A-Za-z_][A-Za-z0-9_.:-]*(?=[ \t]*\([ \t]*\))/y;
const ASSIGNMENT = /[A-Za-z_][A-Za-z0-9_]*(?==)/y;

/**
 * Parses a script for sh (POSIX Shell Command Language, 2.10). It takes time that grows with the length of the text;
 * ShellSyntaxError for what is no such script, and for nesting deeper than MAX_DEPTH.
 */
export function parseShell(text: string): readonly Command[] {
  return new Parser(new Cursor(text)).script(0);
}

const NESTED: Nested = {
  backquoted: (text, line, depth) => new Parser(new Cursor(text, line)).script(depth),
  parenthesised: (cursor, depth) => {
    const body = new Parser(cursor).list(depth, [")"]);
    if (cursor.next() !== ")") cursor.fail("a substitution is not closed");
    return body;
  },
};

class Parser {
  readonly #cursor: Cursor;
  /** Delimiters of here-documents that begin behind this line. */
  #documents: { readonly delimiter: string; readonly indented: boolean }[] = [];

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  script(depth: number): readonly Command[] {
    const commands = this.list(depth, []);
    if (!this.#cursor.ended) this.#cursor.fail(`unexpected ${JSON.stringify(this.#cursor.peek())}`);
    return commands;
  }

  /** Commands up to one of the closing words or characters, which is not taken. */
  list(depth: number, closing: readonly string[]): readonly Command[] {
    if (depth > MAX_DEPTH) this.#cursor.fail("it is nested too deeply");
    const commands: Command[] = [];
    for (;;) {
      this.#skipSeparators(closing);
      if (this.#cursor.ended || closing.some((each) => this.#isNext(each))) return commands;
      commands.push(this.#andOr(depth));
    }
  }

  #andOr(depth: number): Command {
    const first = this.#pipeline(depth);
    const rest: { operator: "&&" | "||"; command: Command }[] = [];
    for (;;) {
      this.#cursor.skipBlanks();
      const operator = (["&&", "||"] as const).find((each) => this.#cursor.startsWith(each));
      if (operator === undefined) return rest.length === 0 ? first : { kind: "and-or", first, rest };
      this.#cursor.at += 2;
      this.#skipLines();
      rest.push({ operator, command: this.#pipeline(depth) });
    }
  }

  #pipeline(depth: number): Command {
    let negated = false;
    while (this.#takeWord("!")) negated = !negated;
    const commands = [this.#command(depth)];
    for (;;) {
      this.#cursor.skipBlanks();
      if (this.#cursor.peek() !== "|" || this.#cursor.peek(1) === "|") break;
      this.#cursor.at += this.#cursor.peek(1) === "&" ? 2 : 1;
      this.#skipLines();
      commands.push(this.#command(depth));
    }
    const [first] = commands as [Command];
    return commands.length === 1 && !negated ? first : { kind: "pipeline", commands, negated };
  }

  #command(depth: number): Command {
    const inside = depth + 1;
    const { line } = this.#cursor;
    this.#cursor.skipBlanks();
    if (this.#takeWord("if")) return this.#redirected(this.#if(inside), line, depth);
    if (this.#takeWord("while")) return this.#redirected(this.#loop(false, inside), line, depth);
    if (this.#takeWord("until")) return this.#redirected(this.#loop(true, inside), line, depth);
    if (this.#takeWord("for")) return this.#redirected(this.#for(inside), line, depth);
    if (this.#takeWord("case")) return this.#redirected(this.#case(inside), line, depth);
    if (this.#takeWord("{")) return this.#group("}", inside, line);
    if (this.#cursor.peek() === "(") {
      this.#cursor.at++;
      return this.#group(")", inside, line);
    }
    const keyword = this.#takeWord("function") ? readName(this.#cursor) : undefined;
    const name = keyword ?? this.#cursor.take(FUNCTION_NAME);
    if (name === undefined) return this.#simple(depth);
    this.#cursor.take(/[ \t]*\([ \t]*\)/y);
    this.#skipLines();
    return { kind: "function", name, body: this.#command(inside) };
  }

  #if(depth: number): Command {
    const branches: { condition: readonly Command[]; body: readonly Command[] }[] = [];
    do {
      const condition = this.#until("then", depth, ["then"]);
      branches.push({ condition, body: this.list(depth, ["elif", "else", "fi"]) });
    } while (this.#takeWord("elif"));
    const otherwise = this.#takeWord("else") ? this.list(depth, ["fi"]) : [];
    this.#expectWord("fi");
    return { kind: "if", branches, otherwise };
  }

  #loop(until: boolean, depth: number): Command {
    const condition = this.#until("do", depth, ["do"]);
    return { kind: "while", until, condition, body: this.#until("done", depth, ["done"]) };
  }

  #for(depth: number): Command {
    this.#cursor.skipBlanks();
    const variable = readName(this.#cursor) ?? this.#cursor.fail("a loop has no variable");
    this.#skipLines();
    let words: Word[] | undefined;
    if (this.#takeWord("in")) {
      words = [];
      for (let word = this.#word(depth); word !== undefined; word = this.#word(depth)) words.push(word);
    }
    this.#skipSeparators([]);
    this.#expectWord("do");
    return { kind: "for", variable, words, body: this.#until("done", depth, ["done"]) };
  }

  #case(depth: number): Command {
    const subject = this.#word(depth) ?? this.#cursor.fail("a case has no word");
    this.#skipLines();
    this.#expectWord("in");
    const items: { patterns: readonly Word[]; body: readonly Command[] }[] = [];
    for (;;) {
      this.#skipLines();
      if (this.#takeWord("esac")) return { kind: "case", subject, items };
      const patterns = this.#patterns(depth);
      const body = this.list(depth, [";;", "esac"]);
      items.push({ patterns, body });
      if (this.#cursor.startsWith(";;")) this.#cursor.at += this.#cursor.peek(2) === "&" ? 3 : 2;
    }
  }

  #patterns(depth: number): readonly Word[] {
    const cursor = this.#cursor;
    if (cursor.peek() === "(") cursor.at++;
    const patterns: Word[] = [];
    for (;;) {
      patterns.push(this.#word(depth) ?? cursor.fail("a pattern is missing"));
      cursor.skipBlanks();
      const char = cursor.next();
      if (char === ")") return patterns;
      if (char !== "|") cursor.fail("a pattern is not closed");
      this.#skipLines();
    }
  }

  #group(closing: ")" | "}", depth: number, line: number): Command {
    const body = this.list(depth, [closing]);
    if (this.#cursor.next() !== closing) this.#cursor.fail("a group is not closed");
    return { kind: "group", subshell: closing === ")", body, redirects: this.#redirects(depth), line };
  }

  /** The compound command with the redirections behind it, as a group of its own where there are some. */
  #redirected(command: Command, line: number, depth: number): Command {
    const redirects = this.#redirects(depth);
    return redirects.length === 0 ? command : { kind: "group", subshell: false, body: [command], redirects, line };
  }

  #redirects(depth: number): readonly Redirect[] {
    const redirects: Redirect[] = [];
    for (let each = this.#redirect(depth); each !== undefined; each = this.#redirect(depth)) redirects.push(each);
    return redirects;
  }

  #simple(depth: number): SimpleCommand {
    const { line } = this.#cursor;
    const assignments: { name: string; value: Word }[] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    for (;;) {
      const redirect = this.#redirect(depth);
      if (redirect !== undefined) {
        redirects.push(redirect);
        continue;
      }
      const name = words.length === 0 ? this.#cursor.take(ASSIGNMENT) : undefined;
      if (name !== undefined) {
        this.#cursor.at++;
        assignments.push({ name, value: readWord(this.#cursor, NESTED, depth) ?? { parts: [], source: "" } });
        continue;
      }
      const word = this.#word(depth);
      if (word === undefined) break;
      words.push(word);
    }
    if (assignments.length + words.length + redirects.length === 0) {
      this.#cursor.fail(`unexpected ${JSON.stringify(this.#cursor.peek())}`);
    }
    const [first] = words;
    if (assignments.length === 0 && first !== undefined && RESERVED.has(first.source)) {
      this.#cursor.fail(`unexpected ${first.source}`);
    }
    return { kind: "simple", assignments, words, redirects, line };
  }

  #redirect(depth: number): Redirect | undefined {
    this.#cursor.skipBlanks();
    const operator = this.#cursor.take(REDIRECT);
    if (operator === undefined) return undefined;
    const target = this.#word(depth) ?? this.#cursor.fail("a redirection leads nowhere");
    if (/<<-?$/.test(operator)) {
      const delimiter = target.parts.map((part) => (part.kind === "text" ? part.text : "")).join("");
      this.#documents.push({ delimiter, indented: operator.endsWith("-") });
    }
    return { operator, target };
  }

  #word(depth: number): Word | undefined {
    this.#cursor.skipBlanks();
    return readWord(this.#cursor, NESTED, depth + 1);
  }

  #until(word: string, depth: number, closing: readonly string[]): readonly Command[] {
    const commands = this.list(depth, closing);
    this.#expectWord(word);
    return commands;
  }

  #skipSeparators(closing: readonly string[]): void {
    for (;;) {
      this.#skipLines();
      const char = this.#cursor.peek();
      if (char !== ";" && char !== "&") return;
      if (closing.includes(";;") && this.#cursor.startsWith(";;")) return;
      if (this.#cursor.startsWith(";;") || this.#cursor.startsWith("&&")) {
        this.#cursor.fail(`unexpected ${char}${char}`);
      }
      this.#cursor.at++;
    }
  }

  #skipLines(): void {
    for (;;) {
      this.#cursor.skipBlanks();
      if (this.#cursor.peek() !== "\n") return;
      this.#cursor.next();
      this.#skipDocuments();
    }
  }

  #skipDocuments(): void {
    const cursor = this.#cursor;
    for (const { delimiter, indented } of this.#documents) {
      while (!cursor.ended) {
        const end = cursor.text.indexOf("\n", cursor.at);
        const line = cursor.text.slice(cursor.at, end < 0 ? cursor.text.length : end);
        cursor.at += line.length + 1;
        cursor.line++;
        if ((indented ? line.replace(/^\t+/, "") : line) === delimiter) break;
      }
    }
    this.#documents = [];
  }

  #isNext(closing: string): boolean {
    if (!this.#cursor.startsWith(closing)) return false;
    return !/^[a-z]/.test(closing) || this.#endsWord(closing.length);
  }

  #takeWord(word: string): boolean {
    this.#cursor.skipBlanks();
    if (!this.#cursor.startsWith(word) || !this.#endsWord(word.length)) return false;
    this.#cursor.at += word.length;
    return true;
  }

  #expectWord(word: string): void {
    if (!this.#takeWord(word)) this.#cursor.fail(`${word} is missing`);
  }

  #endsWord(length: number): boolean {
    const char = this.#cursor.peek(length);
    return char === "" || " \t\r\n;&|<>()".includes(char);
  }
}
