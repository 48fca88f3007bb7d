import type { Source } from "../source.ts";
import type { Statement } from "../statement.ts";

/** Something that a check found. */
export interface Finding {
  /** Name of the rule; those of distill's own begin with `distill/`. */
  readonly rule: string;
  /** What is wrong, with the names that it is about. */
  readonly detail: string;
  /** The text that it is in: the Dockerfile, or a trigger of an image. */
  readonly source: Source;
  /** Lines counted from 1; the first one is the place that reports name. */
  readonly lines: { readonly first: number; readonly last: number };
}

/** A finding before it is known where: at a statement of some text. */
export interface Remark {
  readonly rule: string;
  readonly detail: string;
  readonly statement: Statement;
  /** Where that is another line than the statement's first. */
  readonly line?: number;
}
