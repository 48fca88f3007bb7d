import { setImmediate } from "node:timers/promises";
import { throwIfCancelled } from "./cancel.ts";

/** Milliseconds of work after which others (Ctrl-C, progress) have their turn. */
const TURN = 50;

/** Long synchronous work that lets others have their turn: it asks `due` often, and awaits `give` where that is true. */
export class Turns {
  readonly #signal: AbortSignal | undefined;
  #since = Date.now();

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  get due(): boolean {
    return Date.now() - this.#since > TURN;
  }

  /** CANCELLED where that was asked for meanwhile. */
  async give(): Promise<void> {
    await setImmediate();
    throwIfCancelled(this.#signal);
    this.#since = Date.now();
  }
}
