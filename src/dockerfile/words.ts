import type { EscapeCharacter } from "./instruction.ts";
import { limitParts } from "./limits.ts";
import type { JoinedLine } from "./lines.ts";
import type { Span, Word } from "./source.ts";
import { isSeparator, isSpace } from "./spaces.ts";

/** Splits a part of a line at spaces, whatever quotes say. */
export function splitAtSpaces(line: JoinedLine, start: number, end: number): readonly Word[] {
  const words: Word[] = [];
  const { text } = line;
  for (let at = start; at < end; ) {
    const from = at;
    while (at < end && !isSeparator(text.charCodeAt(at))) at++;
    words.push(line.word(from, at));
    limitParts(words.length);
    while (at < end && isSeparator(text.charCodeAt(at))) at++;
  }
  return words;
}

/**
 * Splits a part of a text at spaces that are neither quoted nor escaped, and says where the words stand. Quotes and escape
 * characters are part of them.
 */
export function splitQuoted(text: string, start: number, end: number, escaper: EscapeCharacter): readonly Span[] {
  const words: Span[] = [];
  for (let at = start; at < end; ) {
    if (isSpace(text.charCodeAt(at))) at++;
    else {
      const from = at;
      at = wordEnd(text, from, end, escaper);
      // An escape character at the very end escapes nothing, and is not part of the word.
      const to = at > end ? end - 1 : at;
      if (to > from) words.push({ start: from, end: to });
      limitParts(words.length);
    }
  }
  return words;
}

/** Where the word ends that begins at `start`; behind `end` where its last character is one that escapes. */
function wordEnd(text: string, start: number, end: number, escaper: EscapeCharacter): number {
  let quote = "";
  let at = start;
  for (; at < end; at++) {
    const character = text[at] ?? "";
    // Nothing is escaped between single quotes.
    if (character === escaper && quote !== "'") at++;
    else if (quote !== "") quote = character === quote ? "" : quote;
    else if (character === "'" || character === '"') quote = character;
    else if (isSpace(text.charCodeAt(at))) return at;
  }
  return at;
}
