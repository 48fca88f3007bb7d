/** A JSON value and where it begins in its text, in UTF-16 units. */
export type JsonNode =
  | { readonly kind: "scalar"; readonly offset: number; readonly value: string | number | boolean | null }
  | { readonly kind: "list"; readonly offset: number; readonly items: readonly JsonNode[] }
  | { readonly kind: "map"; readonly offset: number; readonly entries: ReadonlyMap<string, JsonEntry> };

/** A value of a map, and where its key begins. */
export interface JsonEntry {
  readonly keyOffset: number;
  readonly node: JsonNode;
}

/** What is wrong with a text that is not JSON, and where. */
export class JsonSyntaxError extends Error {
  override readonly name = "JsonSyntaxError";
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

const MAX_DEPTH = 64;
const BLANK = /[ \t\r\n]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;

/**
 * Parses JSON (RFC 8259) for messages that name a place: unlike JSON.parse it keeps where everything stands, and refuses a
 * key that stands twice in a map. JsonSyntaxError for any other text.
 */
export function parseJsonText(text: string): JsonNode {
  const parser = new Parser(text);
  const node = parser.value(0);
  parser.end();
  return node;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonNode {
    this.#match(BLANK);
    const offset = this.#at;
    if (depth > MAX_DEPTH) throw this.#wrong("lists and maps are nested too deeply");
    switch (this.#text[offset]) {
      case "{":
        return this.#map(depth);
      case "[":
        return this.#list(depth);
      case '"':
        return { kind: "scalar", offset, value: this.#string() };
      default: {
        const scalar = this.#match(NUMBER) ?? this.#match(WORD);
        if (scalar === undefined) throw this.#wrong("expected a value");
        return { kind: "scalar", offset, value: JSON.parse(scalar) as number | boolean | null };
      }
    }
  }

  end(): void {
    this.#match(BLANK);
    if (this.#at < this.#text.length) throw this.#wrong("expected the end of the file");
  }

  #map(depth: number): JsonNode {
    const offset = this.#at++;
    const entries = new Map<string, JsonEntry>();
    if (this.#takes("}")) return { kind: "map", offset, entries };
    do {
      this.#match(BLANK);
      const keyOffset = this.#at;
      if (this.#text[keyOffset] !== '"') throw this.#wrong("expected a key in double quotes");
      const key = this.#string();
      if (entries.has(key)) throw new JsonSyntaxError(keyOffset, "this key is in the map already");
      if (!this.#takes(":")) throw this.#wrong("expected a colon");
      entries.set(key, { keyOffset, node: this.value(depth + 1) });
    } while (this.#takes(","));
    if (!this.#takes("}")) throw this.#wrong("expected a comma or }");
    return { kind: "map", offset, entries };
  }

  #list(depth: number): JsonNode {
    const offset = this.#at++;
    const items: JsonNode[] = [];
    if (this.#takes("]")) return { kind: "list", offset, items };
    do items.push(this.value(depth + 1));
    while (this.#takes(","));
    if (!this.#takes("]")) throw this.#wrong("expected a comma or ]");
    return { kind: "list", offset, items };
  }

  #string(): string {
    const end = this.#endOfString();
    if (end === undefined) throw this.#wrong("a text that does not end, or holds what must be escaped");
    const quoted = this.#text.slice(this.#at, end);
    this.#at = end;
    return JSON.parse(quoted) as string;
  }

  /** Behind the closing quote; undefined where there is none. Not one regular expression: long texts are too much for it. */
  #endOfString(): number | undefined {
    for (let at = this.#at + 1; at < this.#text.length; at++) {
      const character = this.#text[at] as string;
      if (character === '"') return at + 1;
      if (character < " ") return undefined;
      if (character !== "\\") continue;
      ESCAPE.lastIndex = at;
      const [escaped] = ESCAPE.exec(this.#text) ?? [];
      if (escaped === undefined) return undefined;
      at += escaped.length - 1;
    }
    return undefined;
  }

  /** Steps over a character, and blanks before it. */
  #takes(character: string): boolean {
    this.#match(BLANK);
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #match(form: RegExp): string | undefined {
    form.lastIndex = this.#at;
    const [found] = form.exec(this.#text) ?? [];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #wrong(message: string): JsonSyntaxError {
    return new JsonSyntaxError(this.#at, this.#at < this.#text.length ? message : `${message}, and the file ends`);
  }
}
