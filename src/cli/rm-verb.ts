import { withWorkspace } from "../app/workspace.ts";
import { formatFamiliar, parseReference, withDefaultTag } from "../image/reference.ts";
import { DistillError } from "../lib/errors.ts";

/** Removes each name and prints it; NO_SUCH_IMAGE, with nothing removed, where one of them does not exist. */
export async function rmVerb(names: readonly string[]): Promise<void> {
  const references = names.map((name) => withDefaultTag(parseReference(name)));
  await withWorkspace(async ({ store }) => {
    for (const reference of references) {
      if (store.image(reference) !== undefined) continue;
      throw new DistillError("NO_SUCH_IMAGE", `there is no image called ${formatFamiliar(reference)}`, {
        hint: "distill images lists the names",
      });
    }
    for (const reference of references) {
      if (store.remove(reference)) process.stdout.write(`${formatFamiliar(reference)}\n`);
    }
  });
}
