import { formatFamiliar, parseReference, withDefaultTag } from "../image/reference.ts";
import { DistillError } from "../lib/errors.ts";
import type { Store } from "../store/store.ts";

/** Takes names away and returns them; NO_SUCH_IMAGE, with nothing removed, where one of them does not exist. */
export function removeImages(store: Store, names: readonly string[]): readonly string[] {
  const references = names.map((name) => withDefaultTag(parseReference(name)));
  const unknown = references.find((reference) => store.image(reference) === undefined);
  if (unknown !== undefined) {
    throw new DistillError("NO_SUCH_IMAGE", `there is no image called ${formatFamiliar(unknown)}`, {
      hint: "distill images lists the names",
    });
  }
  return references.filter((reference) => store.remove(reference)).map(formatFamiliar);
}
