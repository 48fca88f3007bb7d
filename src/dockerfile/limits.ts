import { DistillError } from "../lib/errors.ts";

/** Characters of a Dockerfile. */
export const MAX_SIZE = 16 * 1024 * 1024;
const MAX_LINES = 2_000_000;
/** Words, flags, comments and instructions: each is an object that is kept. */
const MAX_PARTS = 500_000;

/** LIMIT_EXCEEDED where a Dockerfile is larger than any that somebody wrote: what is kept of it must fit into memory. */
export function limitSize(size: number, file: string): void {
  if (size > MAX_SIZE) throw tooMany(`${file} is larger than the ${MAX_SIZE} characters that are read`);
}

/** The same for the number of its lines. */
export function limitLines(lines: number): void {
  if (lines > MAX_LINES) throw tooMany(`the Dockerfile has more than the ${MAX_LINES} lines that are read`);
}

/** The same for words, flags, comments and instructions. */
export function limitParts(parts: number): void {
  if (parts > MAX_PARTS) throw tooMany(`the Dockerfile has more than the ${MAX_PARTS} words that are read`);
}

function tooMany(message: string): DistillError {
  return new DistillError("LIMIT_EXCEEDED", message);
}
