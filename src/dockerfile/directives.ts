import type { Directives, EscapeCharacter } from "./instruction.ts";
import { commentIn, LineReader } from "./lines.ts";
import { quoted } from "./quoted.ts";
import type { Source, Span, Word } from "./source.ts";

const FORM = /^([a-zA-Z][a-zA-Z0-9]*)[\t\f ]*=[\t\f ]*/;
const NAMES = ["syntax", "escape", "check"];

/**
 * The comments at the top that are `name=value` of a known name; anything else ends them. Behind a line `#!`, which a
 * Dockerfile that is run as a script has, they are found too, all but `escape`. `end` is a reader's place behind them.
 */
export function readDirectives(source: Source): Directives & { readonly end: { at: number; lines: number } } {
  const reader = new LineReader(source.text);
  const found = new Map<string, Word>();
  const written: { name: Word; value: Word }[] = [];
  const script = source.text.startsWith("#!");
  if (script) reader.read();
  let end = { at: 0, lines: 0 };
  while (!reader.ended) {
    const comment = commentIn(source.text, reader.read());
    const directive = comment === undefined ? undefined : directiveIn(source, comment);
    if (directive === undefined) break;
    const { name, value } = directive;
    const key = name.text.toLowerCase();
    if (found.has(key)) throw source.error(name, `${key} was set above; it can be set once`);
    found.set(key, value);
    written.push(directive);
    // Behind #! they are comments for everybody else.
    if (!script) end = { at: reader.at, lines: reader.count };
  }
  const escaper = script ? undefined : found.get("escape");
  return {
    syntax: found.get("syntax"),
    check: found.get("check"),
    escape: escaper === undefined ? "\\" : escapeCharacter(source, escaper),
    written: written.filter(({ name }) => !script || name.text.toLowerCase() !== "escape"),
    end,
  };
}

function directiveIn(source: Source, { start, end }: Span): { name: Word; value: Word } | undefined {
  const match = FORM.exec(source.text.slice(start, end));
  const [whole = "", name = ""] = match ?? [];
  if (!NAMES.includes(name.toLowerCase()) || start + whole.length === end) return undefined;
  const value = { start: start + whole.length, end };
  return {
    name: { text: name, span: { start, end: start + name.length } },
    value: { text: source.slice(value), span: value },
  };
}

function escapeCharacter(source: Source, value: Word): EscapeCharacter {
  if (value.text === "\\" || value.text === "`") return value.text;
  throw source.error(value, `escape is \\ or \`, not ${quoted(value.text)}`);
}
