/** What every verb gets: the signal of Ctrl-C, and a way to answer a question with no. */
export interface VerbContext {
  readonly signal: AbortSignal;
  /** Sets the exit status of a command that did its work. */
  answer(status: number): void;
}
