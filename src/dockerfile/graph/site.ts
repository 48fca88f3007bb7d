import type { Origin } from "../../plan/origin.ts";
import type { Place } from "../../plan/place.ts";
import { type Expansion, expandWord, type Reference } from "../expansion.ts";
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
  /** Hears of the variables that a word asks for. */
  readonly heard: (references: readonly Reference[]) => void;
}

/** A word with its variables replaced, as the instructions above left them. */
export function expand(site: Site, builder: StageBuilder, word: Word): string {
  return expansionIn(site, builder, word).text;
}

/** The words that a word becomes: a variable may hold several. */
export function expandWords(site: Site, builder: StageBuilder, word: Word): readonly string[] {
  return expansionIn(site, builder, word).words;
}

/** `expand` for a text without a place of its own. Throws ExpansionProblem. */
export function expandText(site: Site, builder: StageBuilder, text: string): string {
  const expansion = expandWord(text, { escape: site.escape, lookup: builder.variables.lookup });
  site.heard(expansion.references);
  return expansion.text;
}

function expansionIn(site: Site, builder: StageBuilder, word: Word): Expansion {
  const expansion = expandIn(site.source, word, { escape: site.escape, lookup: builder.variables.lookup });
  site.heard(expansion.references);
  return expansion;
}

export function placeOf({ source }: Site, { span }: Statement): Place {
  return { file: source.file, ...source.range(span) };
}
