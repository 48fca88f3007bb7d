import { setTimeout as sleep } from "node:timers/promises";
import { cancelled } from "../cancel.ts";
import { type HttpPolicy, retryDelay } from "./retry.ts";

/** Counts the failures of one piece of work and waits between its tries. */
export class Attempts {
  readonly #policy: HttpPolicy;
  readonly #signal: AbortSignal | undefined;
  #failures = 0;

  constructor(policy: HttpPolicy, signal: AbortSignal | undefined) {
    this.#policy = policy;
    this.#signal = signal;
  }

  get failures(): number {
    return this.#failures;
  }

  /** To be called when the work has got on since its last failure. */
  forget(): void {
    this.#failures = 0;
  }

  /**
   * Counts a failure and waits for the next try: true. False, at once, where the failure does not pass, or has not
   * passed often enough. Throws CANCELLED where the work is aborted.
   */
  async again(transient: boolean, retryAfter?: string): Promise<boolean> {
    if (this.#signal?.aborted) throw cancelled();
    this.#failures++;
    const delay = transient ? retryDelay(this.#policy, this.#failures, retryAfter) : undefined;
    if (delay === undefined) return false;
    await sleep(delay, undefined, this.#signal === undefined ? {} : { signal: this.#signal }).catch(() => {
      throw cancelled();
    });
    return true;
  }
}
