import { randomNumbers } from "./random.ts";

/** Pieces that mean something somewhere in a Dockerfile. */
const PIECES = [
  "\\",
  "\\\n",
  "`",
  "# escape=`\n",
  "# check=skip=all\n",
  "#",
  "\n",
  "\r\n",
  "\n\n",
  "\t",
  " ",
  "\u00a0",
  "\u2028",
  "\ufeff",
  "\0",
  "'",
  '"',
  "[",
  "]",
  '["a", "b"]',
  "[1]",
  "{",
  "}",
  "$",
  "${",
  "${a:-",
  "${a#*",
  "${a//",
  "${a/",
  "$a",
  "<<EOF",
  "<<-EOF",
  "<< 'E O F'",
  "\nEOF\n",
  "--",
  "--from=",
  "--mount=",
  "--mount=type=cache,",
  "=",
  ",",
  ":",
  "\ud800",
  "\u{1f433}",
  "日本語",
  "FROM a\n",
  "FROM ",
  "AS ",
  "ONBUILD ",
  "HEALTHCHECK --interval=",
  "9".repeat(30),
  "ENV ",
  "ARG ",
  "RUN ",
  "COPY ",
] as const;

/** Characters above which an input is not mutated further. */
const MAX_LENGTH = 20_000;

/** Dockerfiles made from others by a few random changes each. What comes n-th depends on the seed and the sources only. */
export class Mutations {
  readonly #sources: readonly string[];
  readonly #seed: number;

  constructor(sources: readonly string[], seed: number) {
    this.#sources = sources;
    this.#seed = seed;
  }

  /** The n-th input. */
  at(index: number): string {
    const random = new Random(randomNumbers(Math.imul(this.#seed, 0x9e3779b1) + index));
    let text = random.pick(this.#sources);
    for (let left = 1 + random.below(6); left > 0 && text.length < MAX_LENGTH; left--) {
      text = this.#mutated(text, random);
    }
    return text;
  }

  #mutated(text: string, random: Random): string {
    const [start, end] = random.range(text.length);
    const part = text.slice(start, end);
    const insert = (inserted: string): string => text.slice(0, start) + inserted + text.slice(start);
    switch (random.below(9)) {
      case 0:
        return text.slice(0, start) + text.slice(end);
      case 1:
        return insert(part);
      case 2:
        return insert(part.slice(0, 50).repeat(1 + random.below(40)));
      case 3:
        return text.slice(0, start);
      case 4:
        return text.slice(0, start) + random.pick(PIECES) + text.slice(start + 1);
      case 5: {
        const other = random.pick(this.#sources);
        const [from, to] = random.range(other.length);
        return insert(other.slice(from, to));
      }
      case 6:
        return text.replaceAll("\n", random.pick(["\r\n", "\\\n", "\n\n", " \\ \n"]));
      default:
        return insert(random.pick(PIECES));
    }
  }
}

class Random {
  readonly #next: () => number;

  constructor(next: () => number) {
    this.#next = next;
  }

  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new Error("there is nothing to choose from");
    return value;
  }

  /** A part of a text, mostly short. */
  range(length: number): readonly [number, number] {
    const start = this.below(length + 1);
    return [start, Math.min(length, start + this.below(this.below(4) === 0 ? length : 30))];
  }
}
