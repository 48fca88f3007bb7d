import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Sizes vary about this many bytes. */
const MEAN_FILE = 75_000;
const FILES = 2000;
/** Files of one directory. */
const WIDTH = 40;
const WORDS = 4096;

/**
 * Some 150 MB in 2,000 files, half of them text, half of them bytes that do not pack; four fifths below `app`. The same
 * bytes each time.
 */
export function writeMixedContext(directory: string): { readonly files: number; readonly bytes: number } {
  const random = new Random(1);
  const words = Array.from({ length: WORDS }, () => random.word());
  let bytes = 0;
  for (let index = 0; index < FILES; index++) {
    const size = Math.floor(MEAN_FILE * (0.2 + 1.6 * random.fraction()));
    const isText = index % 2 === 0;
    const content = isText ? textOf(random, words, size) : bytesOf(random, size);
    const root = index % 5 === 4 ? "tests" : "app";
    writeFile(
      join(directory, root, `part${Math.floor(index / WIDTH)}`, `file${index}${isText ? ".txt" : ".bin"}`),
      content,
    );
    bytes += size;
  }
  writeFile(touchedFile(directory), textOf(random, words, MEAN_FILE));
  return { files: FILES + 1, bytes: bytes + MEAN_FILE };
}

/** The file whose contents change between two builds. */
export function touchedFile(directory: string): string {
  return join(directory, "app/part7/touched.txt");
}

/** Small files in directories of 500, named as packages of npm are. */
export function writeManyFiles(directory: string, files: number): void {
  const width = 500;
  for (let index = 0; index < files; index++) {
    const path = join(directory, `app/node_modules/package${Math.floor(index / width)}/lib/module${index % width}.js`);
    if (index % width === 0) mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `export const number = ${index};\n`);
  }
}

function writeFile(path: string, content: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Words by a steep distribution: packs about as well as source code does. */
function textOf(random: Random, words: readonly string[], size: number): Uint8Array {
  let text = "";
  while (text.length < size) {
    text += words[Math.floor(WORDS * random.fraction() ** 3)];
    text += random.fraction() < 0.1 ? "\n" : " ";
  }
  return Buffer.from(text.slice(0, size));
}

function bytesOf(random: Random, size: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(size / 4));
  for (let index = 0; index < words.length; index++) words[index] = random.next();
  return Buffer.from(words.buffer, 0, size);
}

/** Marsaglia's xorshift, 32 bits. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return this.#state;
  }

  /** From 0 to 1. */
  fraction(): number {
    return this.next() / 2 ** 32;
  }

  word(): string {
    const length = 2 + Math.floor(9 * this.fraction());
    return Array.from({ length }, () => String.fromCharCode(97 + Math.floor(26 * this.fraction()))).join("");
  }
}
