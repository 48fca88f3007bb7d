import type { Origin } from "../../plan/origin.ts";
import type { Place } from "../../plan/place.ts";
import { type Expansion, expandWord } from "../expansion.ts";
import type { EscapeCharacter } from "../instruction.ts";
import { expandIn } from "../scope.ts";
import type { Source, Word } from "../source.ts";
import type { Statement } from "../statement.ts";
import type { StageBuilder } from "./stage-builder.ts";

/** Where an instruction is applied: the text that it is from, and what variables and names mean there. */
export interface Site {
  readonly source: Source;
  readonly escape: EscapeCharacter;
  /** Arguments before the first FROM and of the platforms. */
  readonly globals: ReadonlyMap<string, string>;
  /** What the user gave. */
  readonly given: ReadonlyMap<string, string>;
  /** What a `from` means. */
  readonly from: (word: Word) => Origin;
  /** Is told of each text that is expanded; `word` is undefined for a part of a flag. */
  readonly observe?: (expansion: Expansion, word: Word | undefined) => void;
}

/** A word with its variables replaced, as the instructions above left them. */
export function expand(site: Site, builder: StageBuilder, word: Word): string {
  return observed(site, builder, word).text;
}

/** The words that a word becomes: a variable may hold several. */
export function expandWords(site: Site, builder: StageBuilder, word: Word): readonly string[] {
  return observed(site, builder, word).words;
}

/** A document with its variables replaced; quotes mean nothing there. */
export function expandDocument(site: Site, builder: StageBuilder, document: Word): string {
  return observed(site, builder, document, "literal").text;
}

/** `expand` for a text without a place of its own. Throws ExpansionProblem. */
export function expandText(site: Site, builder: StageBuilder, text: string): string {
  const expansion = expandWord(text, { escape: site.escape, lookup: builder.variables.lookup });
  site.observe?.(expansion, undefined);
  return expansion.text;
}

function observed(site: Site, builder: StageBuilder, word: Word, quotes: "remove" | "literal" = "remove"): Expansion {
  const { escape: escaper } = site;
  const expansion = expandIn(site.source, word, { escape: escaper, lookup: builder.variables.lookup, quotes });
  site.observe?.(expansion, word);
  return expansion;
}

export function placeOf({ source }: Site, { span }: Statement): Place {
  return { file: source.file, ...source.range(span) };
}
