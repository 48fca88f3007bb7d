import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "../dockerfiles");

/** Texts of Dockerfiles of our own, which together use all of the language. */
export function ownDockerfiles(): readonly { readonly name: string; readonly text: string }[] {
  const names = readdirSync(FOLDER).sort();
  return names.map((name) => ({ name, text: readFileSync(join(FOLDER, name), "utf8") }));
}
