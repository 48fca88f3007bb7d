import { formatFamiliar, parseReference, type Reference, withDefaultTag } from "../image/reference.ts";
import { DistillError } from "../lib/errors.ts";
import type { Store } from "../store/store.ts";

/**
 * Takes names away and returns them. A digest, an image ID or the beginning of one stands for every name of its image.
 * NO_SUCH_IMAGE, with nothing removed, where one of them does not exist.
 */
export function removeImages(store: Store, names: readonly string[]): readonly string[] {
  const references = names.flatMap((name) => named(store, name));
  return references.filter((reference) => store.remove(reference)).map(formatFamiliar);
}

function named(store: Store, name: string): readonly Reference[] {
  const byDigest = /^(?:sha256:)?[0-9a-f]{6,64}$/.test(name) ? namesOf(store, name) : [];
  if (byDigest.length > 0) return byDigest;
  const reference = withDefaultTag(parseReference(name));
  if (store.has(reference)) return [reference];
  throw new DistillError("NO_SUCH_IMAGE", `there is no image called ${formatFamiliar(reference)}`, {
    hint: "distill images lists the names",
  });
}

function namesOf(store: Store, beginning: string): readonly Reference[] {
  const wanted = beginning.startsWith("sha256:") ? beginning : `sha256:${beginning}`;
  return store
    .images()
    .filter(({ manifestDigest, configDigest }) =>
      [manifestDigest, configDigest].some((each) => each?.startsWith(wanted)),
    )
    .map(({ reference }) => parseReference(reference));
}
