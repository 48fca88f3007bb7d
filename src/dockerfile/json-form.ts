import { limitParts } from "./limits.ts";
import type { JoinedLine } from "./lines.ts";
import type { Source, Word } from "./source.ts";

/** Nesting above which Go's decoder, by which BuildKit decides, finds no JSON. */
const MAX_DEPTH = 10_000;

/**
 * The elements of a part of a line that is a JSON array of texts, and undefined for what is no JSON: that is the shell
 * form. CONFIG_INVALID for an array of anything else.
 */
export function readJsonForm(
  source: Source,
  line: JoinedLine,
  start: number,
  end: number,
): readonly Word[] | undefined {
  const { text } = line;
  if (text[start] !== "[" || depth(text, start, end) > MAX_DEPTH) return undefined;
  const values = parse(text.slice(start, end));
  if (!Array.isArray(values)) return undefined;
  limitParts(values.length);
  let at = start + 1;
  return values.map((value: unknown): Word => {
    while (/[\s,]/.test(text[at] ?? "")) at++;
    if (typeof value !== "string") {
      throw source.error(line.span(at, at + 1), "an array holds texts only: each element stands in double quotes");
    }
    const from = at;
    for (at++; text[at] !== '"'; at++) if (text[at] === "\\") at++;
    at++;
    return { text: value.toWellFormed(), span: line.span(from, at) };
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function depth(text: string, start: number, end: number): number {
  let [open, most, quoted] = [0, 0, false];
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) quoted = !quoted;
    else if (quoted) at += code === 0x5c ? 1 : 0;
    else if (code === 0x5b || code === 0x7b) most = Math.max(most, ++open);
    else if (code === 0x5d || code === 0x7d) open--;
  }
  return most;
}
