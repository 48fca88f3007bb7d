import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { DistillError, systemErrorCode } from "../lib/errors.ts";
import { refuseUnwritable } from "../lib/output-path.ts";
import { writeOutput } from "../lib/write-output.ts";

/** Takes a stream of bytes that no terminal should see. */
export type BinaryOutput = (bytes: AsyncIterable<Uint8Array>) => Promise<void>;

/**
 * Where `-o FILE|-` leads: a file, which appears whole or not at all, or the standard output. Refused before any work is
 * done: USAGE for a terminal, and what refuseUnwritable throws.
 */
export function binaryOutput(target: string, what: string): BinaryOutput {
  if (target !== "-") {
    refuseUnwritable(target, "file");
    return (bytes) => writeOutput(target, bytes);
  }
  if (process.stdout.isTTY) {
    throw new DistillError("USAGE", `${what} is no text, and the standard output is a terminal`, {
      hint: "write it to a file with -o FILE, or into a pipe",
    });
  }
  return writeStdout;
}

async function writeStdout(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  let failure: unknown;
  const watched = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* bytes;
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  try {
    await pipeline(Readable.from(watched(), { objectMode: false }), process.stdout, { end: false });
  } catch (error) {
    if (failure !== undefined) throw failure;
    // What is wrong with the standard output itself is told by guardOutputStreams.
    if (systemErrorCode(error) === undefined) throw error;
  }
}
