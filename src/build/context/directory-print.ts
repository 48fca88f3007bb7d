import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { settled } from "./settled.ts";

/** What tells a directory, with all below it, from what it was or will be. */
export interface DirectoryPrint {
  /** SHA-256, in hex. Equal ones mean that all entries have the same names, modes, targets and bytes. */
  readonly digest: string;
  /** How many entries there are. */
  readonly entries: number;
  /**
   * Whether a later change would show: false where a file had changed just before it was looked at, and where there is
   * something that no image can hold.
   */
  readonly isSure: boolean;
}

const FIELDS = 7;

/**
 * Notes the entries of one directory in order. Of a directory and of a link only what is seen of them counts; a file's bytes
 * are not seen, so all that the file system says of it counts: who changes them changes one of the numbers (FileDigests).
 */
export class PrintMaker {
  readonly #lookedAt: number;
  #numbers = new Float64Array(64 * FIELDS);
  #names = "";
  #count = 0;
  #isSure = true;

  /** `lookedAt`: a time before the first entry was looked at, in milliseconds since the epoch. */
  constructor(lookedAt: number) {
    this.#lookedAt = lookedAt;
  }

  /** `target`: of a link. */
  add(name: string, stats: Stats, target = ""): void {
    const from = this.#count++ * FIELDS;
    if (from >= this.#numbers.length) this.#grow();
    const numbers = this.#numbers;
    numbers[from] = stats.mode;
    // No name and no target holds a NUL.
    this.#names += `${name}\0${target}\0`;
    if (stats.isFile()) {
      numbers[from + 1] = stats.dev;
      numbers[from + 2] = stats.ino;
      numbers[from + 3] = stats.nlink;
      numbers[from + 4] = stats.size;
      numbers[from + 5] = stats.mtimeMs;
      numbers[from + 6] = stats.ctimeMs;
      this.#isSure &&= settled(stats, this.#lookedAt) && Number.isSafeInteger(stats.ino);
    } else {
      numbers.fill(0, from + 1, from + FIELDS);
      this.#isSure &&= stats.isDirectory() || stats.isSymbolicLink();
    }
  }

  /** Of the entries alone, without what lies in directories. */
  finish(): DirectoryPrint {
    const numbers = Buffer.from(this.#numbers.buffer, 0, this.#count * FIELDS * 8);
    const hash = createHash("sha256").update(`${this.#count}\n`).update(numbers).update(this.#names, "latin1");
    return { digest: hash.digest("hex"), entries: this.#count, isSure: this.#isSure };
  }

  #grow(): void {
    const larger = new Float64Array(this.#numbers.length * 2);
    larger.set(this.#numbers);
    this.#numbers = larger;
  }
}

/** A directory by its entries, and by the directories among them, in their order. */
export function printOf(own: DirectoryPrint, directories: readonly DirectoryPrint[]): DirectoryPrint {
  const hash = createHash("sha256").update(own.digest);
  let { entries, isSure } = own;
  for (const each of directories) {
    hash.update(each.digest);
    entries += each.entries;
    isSure &&= each.isSure;
  }
  return { digest: hash.digest("hex"), entries, isSure };
}

/** A directory with its own mode, which is noted where its name is. */
export function withMode(print: DirectoryPrint, mode: number): DirectoryPrint {
  return { ...print, digest: `${mode.toString(8)}:${print.digest}` };
}
