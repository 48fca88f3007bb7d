import type { EscapeCharacter } from "./instruction.ts";

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

/**
 * Replaces variables, and takes quotes and escape characters off. Throws ExpansionProblem; `expandIn` of scope.ts gives it
 * its place in the Dockerfile.
 */
export function expandWord(text: string, options: ExpansionOptions): Expansion {
  throw new ExpansionProblem(`not yet: ${text}${options.escape}`, 0);
}
