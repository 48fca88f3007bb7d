import type { Pattern, PatternPart } from "./pattern.ts";

/**
 * Where all patterns stand after some text. It is made once for each set of places in them, however many texts lead there,
 * and the next one for a character is looked up: a path costs one step a character, whatever the number of patterns.
 */
export class AutomatonState {
  /** Places in the patterns, ascending. */
  readonly places: readonly number[];
  /** The last of the patterns that match the text so far; -1 for none. */
  readonly matched: number;
  /** The last pattern that may match the text with more behind it, of those with `!` and of the others; -1 for none. */
  readonly open: { readonly plain: number; readonly negated: number };
  /** By code; those above ASCII are in the map. */
  readonly next: (AutomatonState | undefined)[] = [];
  readonly further = new Map<number, AutomatonState>();

  constructor(places: readonly number[], matched: number, open: AutomatonState["open"]) {
    this.places = places;
    this.matched = matched;
    this.open = open;
  }
}

/** A part, or the place before one that may be left out with what it stands for. */
type Place = PatternPart | { readonly kind: "optional" } | undefined;

/** Places of the states that are kept; above, all are forgotten, and made again where they are needed. */
const MAX_PLACES = 2_000_000;
const MAX_STATES = 20_000;
const SLASH = 47;

/**
 * All patterns as one machine (a nondeterministic automaton that is made deterministic as far as texts ask for it). Time is
 * at most the characters of a text times those of the patterns, for hostile ones too, and memory is bounded.
 */
export class Automaton {
  readonly start: AutomatonState;
  readonly #patterns: readonly Pattern[];
  /** What stands at each place; undefined at the end of a pattern. */
  readonly #parts: readonly Place[];
  /** The pattern that a place belongs to. */
  readonly #owners: readonly number[];
  /** Marks the places of a set that is being made, by its number. */
  readonly #marks: Uint32Array;
  #mark = 0;
  #states = new Map<string, AutomatonState>();
  #kept = 0;

  constructor(patterns: readonly Pattern[]) {
    const starts: number[] = [];
    const parts: Place[] = [];
    const owners: number[] = [];
    for (const [index, pattern] of patterns.entries()) {
      starts.push(parts.length);
      for (const part of pattern.parts) {
        if (part.kind === "directories") parts.push({ kind: "optional" });
        parts.push(part);
      }
      parts.push(undefined);
      while (owners.length < parts.length) owners.push(index);
    }
    this.#patterns = patterns;
    this.#parts = parts;
    this.#owners = owners;
    this.#marks = new Uint32Array(parts.length);
    this.start = this.#state(this.#closure(starts));
  }

  /** The state after one more character, by its code point. */
  step(state: AutomatonState, code: number): AutomatonState {
    const known = code < 128 ? state.next[code] : state.further.get(code);
    if (known !== undefined) return known;
    const reached: number[] = [];
    for (const place of state.places) {
      const part = this.#parts[place];
      if (part === undefined || part.kind === "optional") continue;
      if (loops(part, code)) reached.push(place);
      if (advances(part, code)) reached.push(place + 1);
    }
    const next = this.#state(this.#closure(reached));
    if (code < 128) state.next[code] = next;
    else if (state.further.size < 1024) state.further.set(code, next);
    return next;
  }

  /** The state after a whole text. */
  run(state: AutomatonState, text: string): AutomatonState {
    let current = state;
    for (let at = 0; at < text.length && current.places.length > 0; at++) {
      const code = text.charCodeAt(at);
      if (code < 128) current = current.next[code] ?? this.step(current, code);
      else {
        const whole = text.codePointAt(at) ?? 0;
        if (whole > 0xffff) at++;
        current = this.step(current, whole);
      }
    }
    return current;
  }

  /** The places, and those that are reached from them without a character. */
  #closure(places: readonly number[]): readonly number[] {
    const mark = ++this.#mark;
    const closed: number[] = [];
    const pending = [...places];
    for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
      if (this.#marks[place] === mark) continue;
      this.#marks[place] = mark;
      closed.push(place);
      const kind = this.#parts[place]?.kind;
      if (kind === "name" || kind === "rest" || kind === "optional") pending.push(place + 1);
      if (kind === "optional") pending.push(place + 2);
    }
    return closed.sort((a, b) => a - b);
  }

  #state(places: readonly number[]): AutomatonState {
    const key = places.join();
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    this.#kept += places.length;
    if (this.#kept > MAX_PLACES || this.#states.size >= MAX_STATES) {
      this.#forget();
      this.#kept = places.length;
    }
    const state = this.#describe(places);
    this.#states.set(key, state);
    return state;
  }

  /** States that somebody still holds stay right: they only lose the way to those that follow. */
  #forget(): void {
    for (const state of this.#states.values()) {
      state.next.length = 0;
      state.further.clear();
    }
    this.#states = new Map();
  }

  #describe(places: readonly number[]): AutomatonState {
    let matched = -1;
    const open = { plain: -1, negated: -1 };
    for (const place of places) {
      const owner = this.#owners[place] ?? 0;
      if (this.#parts[place] === undefined) matched = owner;
      else if (this.#patterns[owner]?.negated === true) open.negated = owner;
      else open.plain = owner;
    }
    return new AutomatonState(places, matched, open);
  }
}

/** Whether a part takes the character and goes on. */
function loops({ kind }: PatternPart, code: number): boolean {
  return kind === "rest" || kind === "directories" || (kind === "name" && code !== SLASH);
}

/** Whether a part takes the character as its last. */
function advances(part: PatternPart, code: number): boolean {
  switch (part.kind) {
    case "character":
      return part.code === code;
    case "any":
      return code !== SLASH;
    case "class":
      return part.ranges.some(({ low, high }) => low <= code && code <= high) !== part.negated;
    case "directories":
      return code === SLASH;
    case "name":
    case "rest":
      return false;
  }
}
