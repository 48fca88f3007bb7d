import { ExpansionProblem, expandWord } from "./expansion.ts";
import type { JoinedLine, LineReader } from "./lines.ts";
import { shortened } from "./quoted.ts";
import type { Source, Span } from "./source.ts";
import type { Heredoc } from "./statement.ts";

const MARKER = /^(\d*)<<(-?)\s*([^<]*)$/;

/** A word `<<NAME` in the line of an instruction. */
export interface HeredocMarker {
  readonly name: string;
  readonly expand: boolean;
  readonly stripTabs: boolean;
  readonly descriptor: number;
}

/** The markers in a line, in order. A line whose quotes or substitutions do not end has none: the shell will say so. */
export function heredocMarkers(line: JoinedLine): readonly (HeredocMarker & { readonly span: Span })[] {
  if (!line.text.includes("<<")) return [];
  const found = expanded(line.text, "keep");
  if (found === undefined) return [];
  return found.words.flatMap((word, index) => {
    const marker = readHeredocMarker(word);
    const span = found.wordSpans[index];
    return marker === undefined || span === undefined ? [] : [{ ...marker, span: line.span(span.start, span.end) }];
  });
}

/** The marker that a word is, if it is one. */
export function readHeredocMarker(word: string): HeredocMarker | undefined {
  const [, descriptor = "", dash = "", written = ""] = MARKER.exec(word) ?? [];
  const rest = written.trim();
  if (rest === "") return undefined;
  const plain = expanded(rest, "remove");
  const raw = expanded(rest, "keep");
  const [name] = plain?.words ?? [];
  if (name === undefined || plain?.words.length !== 1) return undefined;
  const expand = quotesIn(name) === quotesIn(raw?.words[0] ?? "");
  return { name, expand, stripTabs: dash === "-", descriptor: Number(descriptor) };
}

/** Reads the lines of a heredoc up to the one that says its name. CONFIG_INVALID where none does. */
export function readHeredoc(
  source: Source,
  reader: LineReader,
  marker: HeredocMarker & { readonly span: Span },
): Heredoc {
  const start = reader.at;
  const { span, ...rest } = marker;
  while (!reader.ended) {
    const line = reader.read();
    const text = source.text.slice(line.start, line.end);
    if ((marker.stripTabs ? text.replace(/^\t+/, "") : text) === marker.name) {
      const body = { start, end: line.start };
      return { ...rest, content: source.slice(body), marker: span, body };
    }
  }
  const name = shortened(marker.name);
  throw source.error(span, `no line below says ${name}, which would end this document`, {
    hint: endHint(marker, name),
  });
}

function endHint({ stripTabs }: HeredocMarker, name: string): string {
  if (name.endsWith(")")) return "where << is to shift bits, write it without spaces around: $((1<<2))";
  return `the line that ends it holds nothing but ${name}, without spaces around${stripTabs ? "" : "; <<- allows tabs before"}`;
}

/** The content as a file or a shell gets it: without the tabs that `<<-` takes off. */
export function heredocContent({ content, stripTabs }: Heredoc): string {
  return stripTabs ? content.replace(/(^|\n)\t+/g, "$1") : content;
}

function quotesIn(text: string): number {
  return text.replace(/[^'"]/g, "").length;
}

/** Variables stay as they are written: names of documents are no place for them. */
function expanded(text: string, quotes: "remove" | "keep"): ReturnType<typeof expandWord> | undefined {
  try {
    const keepEscapes = quotes === "keep";
    return expandWord(text, { escape: "\\", lookup: () => undefined, quotes, keepEscapes, keepUnset: true });
  } catch (error) {
    if (error instanceof ExpansionProblem) return undefined;
    throw error;
  }
}
