import { formatFamiliar, parseReference, type Reference, withDefaultTag } from "../image/reference.ts";
import { parseSource } from "../image/source/location.ts";
import { DistillError } from "../lib/errors.ts";
import { noSuchImage } from "./open-content.ts";
import { withWorkspace } from "./workspace.ts";

/**
 * Gives an image or index of the store further names, which move where they stand for others, and returns them. They are
 * checked before any is set. NO_SUCH_IMAGE, and USAGE for what is no name or lies outside the store.
 */
export async function tagImage(source: string, names: readonly string[]): Promise<readonly string[]> {
  const references = names.map(parseName);
  if (parseSource(source) !== undefined) {
    throw new DistillError("USAGE", `${source} lies outside the store, where names are given`, {
      hint: `copy it there: distill copy ${source} ${names[0]}`,
    });
  }
  return await withWorkspace(async ({ store }) => {
    const digest = store.content(source)?.descriptor.digest;
    if (digest === undefined) throw noSuchImage(source);
    return references.map((reference) => {
      store.tag(reference, digest);
      return formatFamiliar(reference);
    });
  });
}

function parseName(name: string): Reference {
  const reference = withDefaultTag(parseReference(name));
  if (reference.digest === undefined) return reference;
  throw new DistillError("USAGE", `${name}: a name in the store has no digest, the image that it stands for has one`, {
    hint: "give NAME[:TAG]",
  });
}
