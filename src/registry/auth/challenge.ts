/** What a server wants to see (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** In lower case: `basic`, `bearer`. */
  readonly scheme: string;
  /** Names in lower case; of one that comes twice, the first. Empty for a challenge with a token68. */
  readonly parameters: ReadonlyMap<string, string>;
}

const MAX_LENGTH = 16 * 1024;
const MAX_CHALLENGES = 16;
const MAX_PARAMETERS = 32;

/** Blanks and empty elements of a list (section 5.6.1.2). */
const BETWEEN = /[ \t,]*/y;
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const EQUALS = /[ \t]*=[ \t]*/y;
/** Quoted text with escapes; servers of old also put what is not ASCII between the quotes. */
const QUOTED = /"((?:[^"\\]|\\[^\r\n])*)"/y;
/** A single blob in place of parameters, as Negotiate has it: up to the comma or the end. */
const TOKEN68 = / +[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;

/**
 * The challenges of all WWW-Authenticate values, in their order. Never throws: what breaks the syntax ends the value
 * that it stands in, and what was read before it counts. At most 16 challenges of 32 parameters; of a value, 16 KiB.
 */
export function parseChallenges(values: readonly string[]): readonly Challenge[] {
  const found: Challenge[] = [];
  for (const value of values) {
    if (found.length >= MAX_CHALLENGES) break;
    found.push(...new Reader(value.slice(0, MAX_LENGTH)).challenges(MAX_CHALLENGES - found.length));
  }
  return found;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  challenges(limit: number): readonly Challenge[] {
    const found: Challenge[] = [];
    while (found.length < limit) {
      this.#match(BETWEEN);
      const scheme = this.#match(TOKEN);
      if (scheme === undefined) break;
      if (this.#at < this.#text.length && !/[ \t,]/.test(this.#text[this.#at] ?? "")) break;
      if (this.#match(TOKEN68) !== undefined) found.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
      else found.push({ scheme: scheme.toLowerCase(), parameters: this.#parameters() });
    }
    return found;
  }

  /** Up to a name that no equals sign follows: that is the next scheme. */
  #parameters(): ReadonlyMap<string, string> {
    const parameters = new Map<string, string>();
    for (;;) {
      const before = this.#at;
      this.#match(BETWEEN);
      const name = this.#match(TOKEN)?.toLowerCase();
      if (name === undefined || this.#match(EQUALS) === undefined) {
        this.#at = before;
        return parameters;
      }
      const value = this.#value();
      if (value === undefined) {
        this.#at = this.#text.length;
        return parameters;
      }
      if (!parameters.has(name) && parameters.size < MAX_PARAMETERS) parameters.set(name, value);
    }
  }

  #value(): string | undefined {
    if (this.#text[this.#at] !== '"') return this.#match(TOKEN);
    const quoted = this.#match(QUOTED);
    return quoted?.slice(1, -1).replace(/\\(.)/gs, "$1");
  }

  #match(form: RegExp): string | undefined {
    form.lastIndex = this.#at;
    const [found] = form.exec(this.#text) ?? [];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}
