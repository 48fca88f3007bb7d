import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Milliseconds between two looks. */
const PAUSE = 250;

/** Aborts its signal once the packs that git writes into a repository have more bytes than they may, or `outer` aborts. */
export class SizeWatch implements Disposable {
  readonly signal: AbortSignal;
  readonly #control = new AbortController();
  readonly #repository: string;
  readonly #maxBytes: number;
  readonly #timer: NodeJS.Timeout;
  #exceeded = false;

  constructor(repository: string, maxBytes: number, outer: AbortSignal | undefined) {
    this.#repository = repository;
    this.#maxBytes = maxBytes;
    this.signal = outer === undefined ? this.#control.signal : AbortSignal.any([this.#control.signal, outer]);
    this.#timer = setInterval(() => this.look(), PAUSE);
  }

  look(): void {
    if (sizeOf(join(this.#repository, "objects", "pack")) <= this.#maxBytes) return;
    this.#exceeded = true;
    this.#control.abort();
  }

  get exceeded(): boolean {
    return this.#exceeded;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function sizeOf(directory: string): number {
  try {
    const sizes = readdirSync(directory).map(
      (name) => statSync(join(directory, name), { throwIfNoEntry: false })?.size,
    );
    return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  } catch {
    return 0;
  }
}
