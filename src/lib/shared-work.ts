import { throwIfCancelled } from "./cancel.ts";

/**
 * Work that is done once for each key, however many ask while it runs, and at most `limit` pieces at a time; the others
 * wait their turn. Results are not kept: who asks after the end starts it anew.
 */
export class SharedWork<Key, Value> {
  readonly #limit: number;
  readonly #running = new Map<Key, Promise<Value>>();
  readonly #waiting: (() => void)[] = [];
  readonly #closing = new AbortController();
  #busy = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Joins the work that runs for `key`, or starts it; CANCELLED once this is closed. */
  do(key: Key, work: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const started = this.#inTurn(work).finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return started;
  }

  /** Tells all work to stop, waits until it has, and takes no more. Its failures are left to those who asked for it. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#running.values());
  }

  async #inTurn(work: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    if (this.#busy >= this.#limit) await new Promise<void>((turn) => this.#waiting.push(turn));
    else this.#busy++;
    try {
      throwIfCancelled(this.#closing.signal);
      return await work(this.#closing.signal);
    } finally {
      // Whoever is next takes over this one's place.
      const next = this.#waiting.shift();
      if (next === undefined) this.#busy--;
      else next();
    }
  }
}
