import type { Position } from "../lib/excerpt.ts";

/** Where something was written. */
export interface Place {
  /** The name of the file for messages. */
  readonly file: string;
  readonly start: Position;
  /** Behind the last character. */
  readonly end: Position;
}
