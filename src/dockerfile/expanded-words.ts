import type { Span } from "./source.ts";
import { isSpace } from "./spaces.ts";

/** Words as they come together: from characters that may part them, and from quoted ones that do not. */
export class ExpandedWords {
  readonly #words: string[] = [];
  readonly #spans: Span[] = [];
  #parts: string[] = [];
  #start = 0;
  #end = 0;

  addQuoted(text: string, start: number, end: number): void {
    if (this.#parts.length === 0) this.#start = start;
    this.#parts.push(text);
    this.#end = end;
  }

  addPlain(text: string, offset: number): void {
    for (let at = 0; at < text.length; ) {
      const from = at;
      const space = isSpace(text.charCodeAt(at));
      while (at < text.length && isSpace(text.charCodeAt(at)) === space) at++;
      // The name of a heredoc may stand apart: `<< EOF` is one word.
      if (space && !endsWithMarker(text, from)) this.#close();
      else this.addQuoted(text.slice(from, at), offset + from, offset + at);
    }
  }

  /** The value of a variable: its spaces part words as others do. */
  addValue(value: string, start: number, end: number): void {
    for (const [index, word] of splitKeepingEnds(value).entries()) {
      if (index > 0) this.#close();
      if (word !== "") this.addQuoted(word, start, end);
    }
  }

  finish(): { words: readonly string[]; wordSpans: readonly Span[] } {
    this.#close();
    return { words: this.#words, wordSpans: this.#spans };
  }

  #close(): void {
    const word = this.#parts.join("");
    // Two quotes without anything between are no word by themselves.
    if (word === "") return;
    this.#words.push(word);
    this.#spans.push({ start: this.#start, end: this.#end });
    this.#parts = [];
  }
}

/** Whether pairs of `<` stand before a place, and no single one. */
function endsWithMarker(text: string, end: number): boolean {
  let at = end;
  while (at > 0 && text[at - 1] === "<") at--;
  return at < end && (end - at) % 2 === 0;
}

/** A text split at runs of spaces, with "" at an end where there are some. */
function splitKeepingEnds(text: string): readonly string[] {
  const words: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; ) {
    if (!isSpace(text.charCodeAt(at))) at++;
    else {
      words.push(text.slice(from, at));
      while (at < text.length && isSpace(text.charCodeAt(at))) at++;
      from = at;
    }
  }
  words.push(text.slice(from));
  return words;
}
