import { join } from "node:path";
import { bundle } from "../scripts/bundle.ts";

const DIRECTORY = join(import.meta.dirname, "../dist");

/** Bundles what ships into dist/ and gives the command that runs it. */
export async function buildProduct(): Promise<readonly [string, string]> {
  await bundle(DIRECTORY);
  return [process.execPath, join(DIRECTORY, "distill.js")];
}
