import { malformed } from "./fields.ts";

/** A value of a map of maps, as the bytes that stand there. */
export interface Cut {
  /** Of the outer map, and of the inner one; a value of the outer map that is no map has one key. */
  readonly keys: readonly string[];
  readonly value: Uint8Array;
}

const MAX_KEY_BYTES = 4000;
const MAX_VALUE_BYTES = 16 << 20;
const MAX_NESTING = 64;

const UTF8 = new TextDecoder("utf-8", { fatal: true });

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_MAP, CLOSE_MAP, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];

type State = "start" | "first key" | "next key" | "in key" | "colon" | "value" | "in value" | "behind value" | "end";

const EXPECTED: Readonly<Record<State, string>> = {
  start: "a map",
  "first key": "a key or }",
  "next key": "a key",
  "in key": 'the end of a key (")',
  colon: "a colon",
  value: "a value",
  "in value": "the end of a value",
  "behind value": "a comma or }",
  end: "the end of the file",
};

/**
 * Cuts the values out of JSON that is a map of maps (`{"bash": {"CVE-2024-1": {...}}}`), however it is split into chunks,
 * and keeps no more than one of them. The values themselves are told apart by their brackets and are not looked at.
 */
export class JsonCutter {
  readonly #what: string;
  #state: State = "start";
  /** Bytes before this chunk. */
  #before = 0;
  readonly #keys: string[] = [];
  /** Of a key or value: what earlier chunks had of it, and where it goes on in this one. */
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #from = 0;
  /** Inside of a key or value. */
  #isInText = false;
  #isEscaped = false;
  #nesting = 0;
  /** Maps that are open: 1 is the outer one. */
  #level = 0;

  constructor(what: string) {
    this.#what = what;
  }

  /** The values that this chunk ends. */
  push(chunk: Uint8Array): readonly Cut[] {
    const cuts: Cut[] = [];
    this.#from = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === "in key") at = this.#readKey(chunk, at);
      else if (this.#state === "in value") at = this.#readValue(chunk, at, cuts);
      else at = this.#readStructure(chunk, at, cuts);
    }
    if (this.#state === "in key" || this.#state === "in value") this.#keep(chunk.slice(this.#from));
    this.#before += chunk.length;
    return cuts;
  }

  /** FORMAT_INVALID if the text is not complete. */
  end(): void {
    if (this.#state === "end") return;
    throw malformed(this.#what, `byte ${this.#before}`, `is its end, where ${EXPECTED[this.#state]} should be`);
  }

  #readStructure(chunk: Uint8Array, at: number, cuts: Cut[]): number {
    const byte = chunk[at] as number;
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return at + 1;
    switch (this.#state) {
      case "start":
        if (byte === OPEN_MAP) return this.#openMap(at);
        // A mark of byte order, which some programs write in front of UTF-8.
        if (this.#before + at < 3 && byte === [0xef, 0xbb, 0xbf][this.#before + at]) return at + 1;
        break;
      case "first key":
      case "next key":
        if (byte === QUOTE) return this.#begin("in key", at);
        if (byte === CLOSE_MAP && this.#state === "first key") return this.#closeMap(at);
        break;
      case "colon":
        if (byte === COLON) return this.#goOn("value", at);
        break;
      case "value":
        if (byte === OPEN_MAP && this.#level === 1) return this.#openMap(at);
        if (byte !== COMMA && byte !== COLON && byte !== CLOSE_MAP && byte !== CLOSE_LIST) {
          return this.#readValue(chunk, this.#begin("in value", at) - 1, cuts);
        }
        break;
      case "behind value":
        if (byte === COMMA) return this.#goOn("next key", at);
        if (byte === CLOSE_MAP) return this.#closeMap(at);
        break;
    }
    throw malformed(this.#what, `byte ${this.#before + at}`, `is not ${EXPECTED[this.#state]}`);
  }

  #goOn(state: State, at: number): number {
    this.#state = state;
    return at + 1;
  }

  #openMap(at: number): number {
    this.#level++;
    return this.#goOn("first key", at);
  }

  #closeMap(at: number): number {
    this.#level--;
    this.#keys.length = Math.max(0, this.#level - 1);
    return this.#goOn(this.#level === 0 ? "end" : "behind value", at);
  }

  #begin(state: State, at: number): number {
    this.#from = at;
    this.#parts = [];
    this.#partBytes = 0;
    this.#isInText = state === "in key";
    this.#isEscaped = false;
    this.#nesting = 0;
    return this.#goOn(state, at);
  }

  #readKey(chunk: Uint8Array, start: number): number {
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) {
        this.#keys[this.#level - 1] = this.#keyOf(this.#taken(chunk, at + 1), at);
        return this.#goOn("colon", at);
      }
    }
    return chunk.length;
  }

  #keyOf(quoted: Uint8Array, at: number): string {
    try {
      return JSON.parse(UTF8.decode(quoted)) as string;
    } catch {
      throw malformed(this.#what, `byte ${this.#before + at}`, "ends a key that is no text");
    }
  }

  /** Begins at the first byte of the value, or where a chunk goes on with it. */
  #readValue(chunk: Uint8Array, start: number, cuts: Cut[]): number {
    let [isInText, isEscaped, nesting] = [this.#isInText, this.#isEscaped, this.#nesting];
    /** Behind the value, if it ends in this chunk: maybe in front of its first byte. */
    let end = -1;
    for (let at = start; at < chunk.length && end < 0; at++) {
      const byte = chunk[at] as number;
      if (isInText) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) {
          isInText = false;
          if (nesting === 0) end = at + 1;
        }
      } else if (byte === QUOTE) isInText = true;
      else if (byte === OPEN_MAP || byte === OPEN_LIST) {
        if (++nesting > MAX_NESTING) {
          throw malformed(this.#what, `byte ${this.#before + at}`, `is nested more than ${MAX_NESTING} levels deep`);
        }
      } else if (byte === CLOSE_MAP || byte === CLOSE_LIST) {
        // Of a number or a word, which has no bracket of its own, it ends the map around it.
        if (nesting === 0) end = at;
        else if (--nesting === 0) end = at + 1;
      } else if (nesting === 0 && byte === COMMA) end = at;
    }
    [this.#isInText, this.#isEscaped, this.#nesting] = [isInText, isEscaped, nesting];
    if (end < 0) return chunk.length;
    cuts.push({ keys: this.#keys.slice(0, this.#level), value: this.#taken(chunk, end) });
    this.#state = "behind value";
    return end;
  }

  #taken(chunk: Uint8Array, end: number): Uint8Array {
    const rest = chunk.subarray(this.#from, end);
    if (this.#parts.length === 0) {
      this.#check(rest.length);
      return rest;
    }
    this.#keep(rest);
    const whole = Buffer.concat(this.#parts);
    this.#parts = [];
    return whole;
  }

  #keep(part: Uint8Array): void {
    this.#parts.push(part);
    this.#partBytes += part.length;
    this.#check(this.#partBytes);
  }

  #check(bytes: number): void {
    const limit = this.#state === "in key" ? MAX_KEY_BYTES : MAX_VALUE_BYTES;
    if (bytes <= limit) return;
    const kind = this.#state === "in key" ? "key" : "value";
    throw malformed(this.#what, `a ${kind} near byte ${this.#before}`, `is longer than ${limit} bytes`);
  }
}
