import { limitParts } from "./limits.ts";
import type { JoinedLine } from "./lines.ts";
import type { Word } from "./source.ts";
import { isSpace } from "./spaces.ts";

/**
 * The flags that begin a part of a line, without quotes and escapes, and where what follows them begins. A word `--` ends
 * them. Whatever the escape character of the file, in flags it is a backslash.
 */
export function splitFlags(line: JoinedLine, start: number, end: number): { flags: readonly Word[]; next: number } {
  const { text } = line;
  const flags: Word[] = [];
  for (let at = start; ; ) {
    while (at < end && isSpace(text.charCodeAt(at))) at++;
    if (!text.startsWith("--", at) || at + 2 > end) return { flags, next: at };
    const flag = readFlag(text, at, end);
    if (flag.text === "--") return { flags, next: flag.end };
    flags.push({ text: flag.text, span: line.span(at, flag.end) });
    limitParts(flags.length);
    at = flag.end;
  }
}

function readFlag(text: string, start: number, end: number): { text: string; end: number } {
  const parts: string[] = [];
  let quote = "";
  let at = start;
  let from = start;
  const take = (): void => {
    if (at > from) parts.push(text.slice(from, at));
    from = at + 1;
  };
  for (; at < end; at++) {
    const character = text[at] ?? "";
    if (character === "\\") {
      take();
      // What follows stands for itself; a backslash at the end for nothing.
      if (at + 1 < end) at++;
    } else if (quote !== "") {
      if (character === quote) {
        take();
        quote = "";
      }
    } else if (character === "'" || character === '"') {
      take();
      quote = character;
    } else if (isSpace(text.charCodeAt(at))) break;
  }
  take();
  return { text: parts.join(""), end: Math.min(at, end) };
}
