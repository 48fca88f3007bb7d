import type { Block } from "./block.ts";
import { damaged } from "./failures.ts";

/** Equal bytes after which a byte says how many more of them follow. */
const RUN = 4;

/** The text of a block: follows its links and expands the run lengths, as much at a time as there is room for. */
export class Expansion {
  readonly #block: Block;
  #place: number;
  #taken = 0;
  #last = -1;
  #equal = 0;
  /** Bytes of a run that had no room yet. */
  #owed = 0;

  constructor(block: Block) {
    this.#block = block;
    this.#place = block.first;
  }

  /** True once all was written. */
  get ended(): boolean {
    return this.#owed === 0 && this.#taken === this.#block.length;
  }

  /** Writes from `from` on up to the end of `into`, less at the end of the block; gives where it stopped. */
  write(into: Uint8Array, from: number): number {
    const { links, length } = this.#block;
    let [at, place, taken, last, equal, owed] = [from, this.#place, this.#taken, this.#last, this.#equal, this.#owed];
    for (;;) {
      if (owed > 0) {
        const end = Math.min(at + owed, into.length);
        into.fill(last, at, end);
        owed -= end - at;
        at = end;
      }
      if (at === into.length || taken === length) break;
      const link = links[place] as number;
      const byte = link & 255;
      place = link >>> 8;
      taken++;
      if (equal === RUN) {
        owed = byte;
        equal = 0;
        continue;
      }
      equal = byte === last && equal > 0 ? equal + 1 : 1;
      last = byte;
      into[at++] = byte;
    }
    if (taken === length && equal === RUN) throw damaged("a block ends inside a run");
    [this.#place, this.#taken, this.#last, this.#equal, this.#owed] = [place, taken, last, equal, owed];
    return at;
  }
}
