import type { Range } from "../source.ts";

/** Something in a Dockerfile that works, and that its author should think about. */
export interface Finding {
  /** The name by which it is skipped. */
  readonly rule: string;
  /** What the rule is about. */
  readonly description: string;
  /** What was found here. */
  readonly detail: string;
  /** Where the rule is explained: an address, or undefined for one that docs/checks.md alone knows. */
  readonly url: string | undefined;
  /** The line that BuildKit gives, from 1: where the instruction begins, as a rule. */
  readonly line: number;
  /** What is to be marked: most often a word of the instruction, on whatever line it stands. */
  readonly range: Range;
}
