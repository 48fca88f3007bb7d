import type { Dockerfile } from "../../src/dockerfile/instruction.ts";

/** What only says where something stands, or how lines were broken. */
const PLACES: ReadonlySet<string> = new Set([
  "span",
  "lines",
  "emptyContinuations",
  "marker",
  "body",
  "source",
  "written",
  "stages",
  "globalArguments",
]);

/** A Dockerfile without the places in its text, to compare what two texts mean. */
export function meaningOf(dockerfile: Dockerfile): unknown {
  const directives = dockerfile.directives.written.map(({ name, value }) => [name.text.toLowerCase(), value.text]);
  return { directives, instructions: meaning(dockerfile.instructions) };
}

function meaning(value: unknown): unknown {
  if (typeof value === "string") return value.trimEnd();
  if (Array.isArray(value)) return value.map(meaning);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => (PLACES.has(key) ? [] : [[key, meaning(each)]])),
  );
}
