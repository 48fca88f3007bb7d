import { componentsOf, type RootPath } from "../../rootfs/path.ts";
import { Automaton, type AutomatonState } from "./automaton.ts";
import type { Pattern } from "./pattern.ts";

/**
 * What a list of patterns leaves out of a directory. A pattern matches an entry where it matches its path or that of a
 * directory above; of those that match, the last one decides: left out, or, with `!`, taken back in. Where none does, the
 * entry stays.
 */
export class PathMatcher {
  /** The directory that paths are relative to. It is never left out itself. */
  readonly root: MatchedDirectory;
  /** Whether there are patterns with `!`. */
  readonly takesBack: boolean;
  readonly #automaton: Automaton;
  readonly patterns: readonly Pattern[];

  constructor(patterns: readonly Pattern[]) {
    this.takesBack = patterns.some(({ negated }) => negated);
    this.patterns = patterns;
    this.#automaton = new Automaton(patterns);
    this.root = new MatchedDirectory(patterns, this.#automaton, this.#automaton.start, -1);
  }

  /** Whether a path is left out. For many paths of one tree, go down from `root` instead. */
  excludes(path: RootPath): boolean {
    const components = componentsOf(path);
    let state = this.#automaton.start;
    let decided = components.length === 0 ? state.matched : -1;
    for (const [index, name] of components.entries()) {
      if (index > 0) state = this.#automaton.step(state, SLASH);
      state = this.#automaton.run(state, textOfName(name));
      decided = Math.max(decided, state.matched);
    }
    return isExcluded(this.patterns, decided);
  }
}

/** A directory below the root of a PathMatcher: asks what of it is left out, entry by entry or once for all. */
export class MatchedDirectory {
  /** Whether the directory itself is left out; what lies in it may be taken back in. */
  readonly excluded: boolean;
  /**
   * True where everything below is decided as the directory itself, so that a walk need not ask (nor look into a directory
   * that is left out); false where it must look inside.
   */
  readonly decided: boolean;
  readonly #patterns: readonly Pattern[];
  readonly #automaton: Automaton;
  /** Behind the slash that follows the directory's path. */
  readonly #state: AutomatonState;
  /** The last pattern that matches the directory or one above; -1 for none. */
  readonly #matched: number;

  constructor(patterns: readonly Pattern[], automaton: Automaton, state: AutomatonState, matched: number) {
    this.#patterns = patterns;
    this.#automaton = automaton;
    this.#state = state;
    this.#matched = matched;
    this.excluded = isExcluded(patterns, matched);
    this.decided = (this.excluded ? state.open.negated : state.open.plain) <= matched;
  }

  /** Whether an entry of the directory is left out. `name` is bytes, one character each, as of a RootPath. */
  excludes(name: string): boolean {
    if (this.decided) return this.excluded;
    const { matched } = this.#automaton.run(this.#state, textOfName(name));
    return isExcluded(this.#patterns, Math.max(this.#matched, matched));
  }

  /** A directory in this one. */
  enter(name: string): MatchedDirectory {
    if (this.decided) return this;
    const state = this.#automaton.run(this.#state, textOfName(name));
    const matched = Math.max(this.#matched, state.matched);
    return new MatchedDirectory(this.#patterns, this.#automaton, this.#automaton.step(state, SLASH), matched);
  }
}

const SLASH = 47;

function isExcluded(patterns: readonly Pattern[], matched: number): boolean {
  return patterns[matched]?.negated === false;
}

/** A name as patterns are written. Bytes that are no UTF-8 are characters that nobody can write. */
function textOfName(bytes: string): string {
  return /[\x80-\xff]/.test(bytes) ? Buffer.from(bytes, "latin1").toString("utf8") : bytes;
}
