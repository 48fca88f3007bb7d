import type { Dockerfile, Instruction } from "./instruction.ts";
import { Source } from "./source.ts";

/**
 * Reads a Dockerfile by the rules of BuildKit's front end. `file` is its name for messages. CONFIG_INVALID with line,
 * column and the line itself for what is none; LIMIT_EXCEEDED above 16 MiB.
 */
export function parseDockerfile(text: string, file = "Dockerfile"): Dockerfile {
  const source = new Source(file, text.replace(/^\ufeff/, ""));
  throw source.error({ start: 0, end: 0 }, "not read yet");
}

/** Reads one ONBUILD trigger as an image's config holds it. `file` says in messages where it is from. */
export function parseTrigger(text: string, file: string): Instruction {
  const source = new Source(file, text);
  throw source.error({ start: 0, end: 0 }, "not read yet");
}
