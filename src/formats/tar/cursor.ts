import { HeaderAssembler, type TarOptions } from "./assembler.ts";
import { display, truncated } from "./failures.ts";
import { BLOCK, padded, type TarHeader } from "./header.ts";

/** One entry of an archive whose bytes can be read at any place. */
export interface TarMember {
  readonly header: TarHeader;
  /** Where its body begins in the archive. */
  readonly offset: number;
}

/**
 * Goes through an archive from header to header, without any input: says which bytes it wants next, and makes members of
 * them. Bodies are passed over, and whether they are whole is checked against the size.
 */
export class TarCursor {
  readonly archive: string;
  readonly #assembler: HeaderAssembler;
  readonly #size: number;
  #extension = false;
  /** What `take` is to be given: the bytes from `at` on, `count` of them or all that there are. */
  at = 0;
  count = BLOCK;
  ended = false;

  constructor(size: number, options: TarOptions) {
    this.#assembler = new HeaderAssembler(options);
    this.#size = size;
    this.archive = this.#assembler.archive;
  }

  /** The member whose header is complete with these bytes, if one is. Fails as readTar does. */
  take(bytes: Buffer): TarMember | undefined {
    if (this.#extension) {
      this.#assembler.extension(bytes);
      this.#expectHeader(this.at + padded(this.count));
      return undefined;
    }
    const step = this.#assembler.block(bytes, this.at);
    if (step.kind === "end") {
      this.ended = true;
      return undefined;
    }
    const offset = this.at + BLOCK;
    const size = step.kind === "extension" ? step.size : step.header.size;
    if (offset + padded(size) > this.#size) {
      const inside = step.kind === "extension" ? "an extended header" : `the body of ${display(step.header.path)}`;
      throw truncated(this.archive, this.#size, inside);
    }
    if (step.kind === "entry") {
      this.#expectHeader(offset + padded(size));
      return { header: step.header, offset };
    }
    this.#extension = true;
    this.at = offset;
    this.count = size;
    return undefined;
  }

  #expectHeader(at: number): void {
    this.#extension = false;
    this.at = at;
    this.count = BLOCK;
  }
}
