import type { EscapeCharacter } from "./instruction.ts";
import type { JoinedLine } from "./lines.ts";
import { quoted } from "./quoted.ts";
import type { Source, Span } from "./source.ts";
import { isSeparator } from "./spaces.ts";
import type { Pair } from "./statement.ts";
import { splitQuoted } from "./words.ts";

/**
 * The arguments of ENV and LABEL: `name=value` each, or, if the first word has no `=`, one name and the rest of the line as
 * its value. CONFIG_INVALID for a name without value.
 */
export function readPairs(
  source: Source,
  line: JoinedLine,
  { start, end }: Span,
  escaper: EscapeCharacter,
  keyword: string,
): readonly Pair[] {
  const words = splitQuoted(line.text, start, end, escaper);
  const [first] = words;
  if (first === undefined) return [];
  if (!line.text.slice(first.start, first.end).includes("="))
    return [undelimited(source, line, { start, end }, keyword)];
  return words.map((word) => {
    const equals = line.text.indexOf("=", word.start);
    if (equals < 0 || equals >= word.end) {
      const { text, span } = line.word(word.start, word.end);
      throw source.error(span, `${quoted(text)} has no =: ${keyword.toUpperCase()} is name=value for each`, {
        hint: "quote a value that has spaces in it",
      });
    }
    return {
      name: line.word(word.start, equals),
      value: line.word(equals + 1, word.end),
      delimited: true,
      span: line.span(word.start, word.end),
    };
  });
}

function undelimited(source: Source, line: JoinedLine, { start, end }: Span, keyword: string): Pair {
  let at = start;
  while (at < end && !isSeparator(line.text.charCodeAt(at))) at++;
  let value = at;
  while (value < end && isSeparator(line.text.charCodeAt(value))) value++;
  if (value === end) {
    const form = keyword.toUpperCase();
    throw source.error(line.word(start, at), `${form} needs a value: ${form} name=value`);
  }
  return {
    name: line.word(start, at),
    value: line.word(value, end),
    delimited: false,
    span: line.span(start, end),
  };
}
