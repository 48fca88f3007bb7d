import { ExpandedWords } from "./expanded-words.ts";
import { GlobTooCostly, readGlob, replaceMatches, withoutPrefix, withoutSuffix } from "./glob.ts";
import type { EscapeCharacter } from "./instruction.ts";
import { shortened } from "./quoted.ts";
import type { Span } from "./source.ts";

/** Values of variables by name; undefined for one that is not set. */
export type Lookup = (name: string) => string | undefined;

export interface ExpansionOptions {
  readonly escape: EscapeCharacter;
  readonly lookup: Lookup;
  /** "literal": quotes are characters like others, as in heredocs. Taken off where it is not given. */
  readonly quotes?: "remove" | "keep" | "literal";
  /** Leaves escape characters where they are. */
  readonly keepEscapes?: boolean;
  /** Leaves variables that are not set as they were written. */
  readonly keepUnset?: boolean;
}

export interface Expansion {
  readonly text: string;
  /** The same, split at spaces that are neither quoted nor escaped, those of variables included. */
  readonly words: readonly string[];
  /** Where each of the words came from, in the text that was expanded. */
  readonly wordSpans: readonly Span[];
  /** The variables that were asked for, in order. */
  readonly references: readonly Reference[];
}

export interface Reference {
  readonly name: string;
  readonly set: boolean;
  /** "" for $name and ${name}, else ":-", "-", ":+", "+", ":?", "?", "#", "##", "%", "%%", "/" or "//". */
  readonly modifier: string;
}

/** Why a text cannot be expanded, with the offset in it. */
export class ExpansionProblem extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Substitutions inside of substitutions; far above what anybody writes, and below what the stack holds. */
const MAX_DEPTH = 500;
/** What an expansion may add to its text. */
const MAX_GROWTH = 1024 * 1024;

/**
 * Replaces variables, and takes quotes and escape characters off. Throws ExpansionProblem; `expandIn` of scope.ts gives it
 * its place in the Dockerfile. What does not end in 1 MiB more than the text is refused.
 */
export function expandWord(text: string, options: ExpansionOptions): Expansion {
  const expander = new Expander(text, options);
  const words = new ExpandedWords();
  const result = expander.until(undefined, options.keepEscapes ?? false, words);
  return { text: result, ...words.finish(), references: expander.references };
}

class Expander {
  readonly references: Reference[] = [];
  readonly #text: string;
  readonly #options: ExpansionOptions;
  readonly #quotes: "remove" | "keep" | "literal";
  #at = 0;
  #depth = 0;
  #added = 0;

  constructor(text: string, options: ExpansionOptions) {
    this.#text = text;
    this.#options = options;
    this.#quotes = options.quotes ?? "remove";
  }

  /** Expands up to `stop`, which is passed over, or to the end. */
  until(stop: string | undefined, keepEscapes: boolean, words: ExpandedWords | undefined): string {
    const parts: string[] = [];
    const began = this.#at;
    while (this.#at < this.#text.length) {
      const from = this.#at;
      const character = this.#text[from] ?? "";
      if (character === stop) {
        this.#at++;
        return parts.join("");
      }
      if (character === "$") {
        const value = this.#dollar();
        parts.push(value);
        words?.addValue(value, from, this.#at);
      } else if ((character === "'" || character === '"') && this.#quotes !== "literal") {
        const value = character === "'" ? this.#singleQuoted() : this.#doubleQuoted(keepEscapes);
        parts.push(value);
        words?.addQuoted(value, from, this.#at);
      } else if (character === this.#options.escape) {
        this.#at++;
        const escaped = this.#take();
        if (escaped === "") this.#at = this.#text.length;
        const value = keepEscapes ? character + escaped : escaped;
        parts.push(value);
        if (value !== "") words?.addQuoted(value, from, this.#at);
      } else {
        const plain = this.#plain(stop);
        parts.push(plain);
        words?.addPlain(plain, from);
      }
    }
    if (stop !== undefined) throw new ExpansionProblem(`the ${stop} that ends it is missing`, began);
    return parts.join("");
  }

  /** Characters that mean nothing but themselves. */
  #plain(stop: string | undefined): string {
    const from = this.#at;
    const { escape: escaper } = this.#options;
    const literal = this.#quotes === "literal";
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at];
      if (character === "$" || character === escaper || character === stop) break;
      if (!literal && (character === "'" || character === '"')) break;
    }
    return this.#text.slice(from, this.#at);
  }

  /** The next character, whole where it is two units of UTF-16; "" at the end. */
  #take(): string {
    const code = this.#text.codePointAt(this.#at);
    if (code === undefined) return "";
    const character = String.fromCodePoint(code);
    this.#at += character.length;
    return character;
  }

  #singleQuoted(): string {
    const from = this.#at;
    const end = this.#text.indexOf("'", from + 1);
    if (end < 0) throw new ExpansionProblem("the single quote is never closed", from);
    this.#at = end + 1;
    return this.#quotes === "keep" ? this.#text.slice(from, this.#at) : this.#text.slice(from + 1, end);
  }

  #doubleQuoted(keepEscapes: boolean): string {
    const from = this.#at;
    const { escape: escaper } = this.#options;
    const parts: string[] = [];
    this.#at++;
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at] ?? "";
      if (character === '"') {
        this.#at++;
        const content = parts.join("");
        return this.#quotes === "keep" ? `"${content}"` : content;
      }
      if (character === "$") parts.push(this.#dollar());
      else if (character === escaper) {
        this.#at++;
        const next = this.#text[this.#at] ?? "";
        // Of all other characters the escape character stays, too.
        const escapes = next === '"' || next === "$" || next === escaper;
        if (next !== "" && (!escapes || keepEscapes)) parts.push(escaper);
        if (escapes) {
          parts.push(next);
          this.#at++;
        }
      } else {
        const start = this.#at;
        while (this.#at < this.#text.length && !['"', "$", escaper].includes(this.#text[this.#at] ?? "")) this.#at++;
        parts.push(this.#text.slice(start, this.#at));
      }
    }
    throw new ExpansionProblem("the double quote is never closed", from);
  }

  #dollar(): string {
    const from = this.#at;
    this.#at++;
    if (this.#text[this.#at] !== "{") {
      const name = this.#name();
      return name === "" ? "$" : this.#plainValue(name, `$${name}`, from);
    }
    if (++this.#depth > MAX_DEPTH) throw new ExpansionProblem("substitutions are nested too deeply", from);
    const value = this.#braces(from);
    this.#depth--;
    return value;
  }

  #braces(from: number): string {
    this.#at++;
    const first = this.#text[this.#at];
    if (first === undefined) throw new ExpansionProblem("the } that ends ${ is missing", from);
    if (first === "{" || first === "}" || first === ":") throw new ExpansionProblem("${ needs a name behind it", from);
    const name = this.#name();
    let modifier = this.#take();
    if (modifier === "}" && name !== "") return this.#plainValue(name, `\${${name}}`, from);
    if (modifier === ":") modifier += this.#take();
    switch (modifier) {
      case "":
        throw new ExpansionProblem("the } that ends ${ is missing", from);
      case "-":
      case ":-":
      case "+":
      case ":+":
      case "?":
      case ":?":
        return this.#conditional(name, modifier, from);
      case "#":
      case "%":
        return this.#trimmed(name, modifier, from);
      case "/":
        return this.#replaced(name, from);
      default:
        throw new ExpansionProblem(`${modifier} is no modifier of \${}: there are :- - :+ + :? ? # ## % %% / //`, from);
    }
  }

  #plainValue(name: string, written: string, from: number): string {
    const value = this.#get(name, "", from);
    return value ?? (this.#options.keepUnset ? written : "");
  }

  #conditional(name: string, modifier: string, from: number): string {
    const word = this.#operand("}", from, false);
    const value = this.#get(name, modifier, from);
    if (value === undefined && this.#options.keepUnset) return `\${${name}${modifier}${word}}`;
    const missing = value === undefined || (value === "" && modifier.startsWith(":"));
    if (modifier.endsWith("-")) return missing ? word : value;
    if (modifier.endsWith("+")) return missing ? "" : word;
    if (!missing) return value;
    const reason = value === undefined ? "has to be set" : "must not be empty";
    throw new ExpansionProblem(
      word === "" ? `${shortened(name)} ${reason}` : `${shortened(name)}: ${shortened(word)}`,
      from,
    );
  }

  #trimmed(name: string, modifier: string, from: number): string {
    const operand = this.#operand("}", from, true);
    const value = this.#get(name, operand.startsWith(modifier) ? modifier + modifier : modifier, from);
    if (value === undefined) return this.#options.keepUnset ? `\${${name}${modifier}${operand}}` : "";
    const longest = operand.startsWith(modifier);
    const glob = this.#glob(longest ? operand.slice(1) : operand, from);
    return this.#affordable(from, () => (modifier === "#" ? withoutPrefix : withoutSuffix)(value, glob, longest));
  }

  #replaced(name: string, from: number): string {
    const all = this.#text[this.#at] === "/";
    if (all) this.#at++;
    const pattern = this.#operand("/", from, true);
    const replacement = this.#operand("}", from, true);
    const modifier = all ? "//" : "/";
    const value = this.#get(name, modifier, from);
    if (value === undefined) return this.#options.keepUnset ? `\${${name}/${pattern}/${replacement}}` : "";
    const glob = this.#glob(pattern, from);
    const result = this.#affordable(from, () => replaceMatches(value, glob, replacement, all));
    this.#grow(result.length - value.length, from);
    return result;
  }

  #operand(stop: "}" | "/", from: number, keepEscapes: boolean): string {
    try {
      return this.until(stop, keepEscapes, undefined);
    } catch (error) {
      if (!(error instanceof ExpansionProblem) || this.#at < this.#text.length) throw error;
      throw new ExpansionProblem(`the ${stop} that ends \${${stop === "/" ? "name/" : ""} is missing`, from);
    }
  }

  #glob(pattern: string, from: number): Exclude<ReturnType<typeof readGlob>, string> {
    const glob = readGlob(pattern);
    if (typeof glob === "string") throw new ExpansionProblem(glob, from);
    return glob;
  }

  #affordable(from: number, work: () => string): string {
    try {
      return work();
    } catch (error) {
      if (error instanceof GlobTooCostly) throw new ExpansionProblem(error.message, from);
      throw error;
    }
  }

  #get(name: string, modifier: string, from: number): string | undefined {
    const value = this.#options.lookup(name);
    this.references.push({ name, set: value !== undefined, modifier });
    this.#grow(value?.length ?? 0, from);
    return value;
  }

  #grow(size: number, from: number): void {
    this.#added += size;
    if (this.#added > MAX_GROWTH)
      throw new ExpansionProblem(`variables add more than ${MAX_GROWTH} characters here`, from);
  }

  /** A name behind `$` or `${`: digits, one special parameter, or letters, digits and underscores. */
  #name(): string {
    const from = this.#at;
    if (isDigit(this.#peek())) this.#takeAll(isDigit);
    else if ("@*#?-$!".includes(this.#text[from] ?? " ")) this.#at++;
    else this.#takeAll(isNameCharacter);
    return this.#text.slice(from, this.#at);
  }

  #takeAll(isPart: (character: string) => boolean): void {
    for (let next = this.#peek(); next !== "" && isPart(next); next = this.#peek()) this.#at += next.length;
  }

  #peek(): string {
    const code = this.#text.codePointAt(this.#at);
    return code === undefined ? "" : String.fromCodePoint(code);
  }
}

function isDigit(character: string): boolean {
  return character < "\x80" ? character >= "0" && character <= "9" : /^\p{Nd}$/u.test(character);
}

function isNameCharacter(character: string): boolean {
  return character < "\x80" ? /^\w$/.test(character) : /^[\p{L}\p{Nd}]$/u.test(character);
}
