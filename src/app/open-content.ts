import type { Content } from "../image/content.ts";
import { formatFamiliar, parseReference, type Reference, withDefaultTag } from "../image/reference.ts";
import { parseSource } from "../image/source/location.ts";
import { openSource } from "../image/source/open.ts";
import { DistillError } from "../lib/errors.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

/** An image or index by the name that a user gave it, to be read until it is disposed of. */
export interface OpenedContent extends AsyncDisposable {
  readonly content: Content;
  /** The image name that it was asked by; undefined for a digest, an image ID, a file or a directory. */
  readonly reference: Reference | undefined;
}

/**
 * Opens an image by any name that a user may give: `oci:`, `oci-archive:`, `docker-archive:` and `docker-daemon:` as
 * parseSource reads them, and everything else as a name, digest or image ID (or the beginning of one) of the store.
 * NO_SUCH_IMAGE where there is none; USAGE and UNSUPPORTED as parseSource; and what openSource throws.
 */
export async function openContent(name: string, signal?: AbortSignal): Promise<OpenedContent> {
  const location = parseSource(name);
  if (location !== undefined) {
    const source = await openSource(location, signal);
    const named = location.transport === "docker-daemon" && location.digest === undefined;
    const reference = named ? withDefaultTag(parseReference(location.name)) : undefined;
    return { content: source.content, reference, [Symbol.asyncDispose]: () => source[Symbol.asyncDispose]() };
  }
  const stored = await openStored(name);
  if (stored !== undefined) return stored;
  throw noSuchImage(name);
}

/** What the store has of that name; undefined where it has nothing. */
async function openStored(name: string): Promise<OpenedContent | undefined> {
  const workspace = openWorkspace();
  const close = (): PromiseLike<void> => workspace[Symbol.asyncDispose]();
  try {
    const content = workspace.store.content(name);
    if (content !== undefined) return { content, reference: nameOf(name, workspace), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
  await close();
  return undefined;
}

/** What looks like the beginning of an image ID may be a name; one with a digest names an image, and gives it no tag. */
function nameOf(text: string, { store }: Workspace): Reference | undefined {
  if (text.startsWith("sha256:") || /^[0-9a-f]{64}$/.test(text)) return undefined;
  const reference = withDefaultTag(parseReference(text));
  return reference.digest === undefined && store.has(reference) ? reference : undefined;
}

function noSuchImage(name: string): DistillError {
  const shown = /^(?:sha256:)?[0-9a-f]{6,64}$/.test(name) ? name : formatFamiliar(withDefaultTag(parseReference(name)));
  return new DistillError("NO_SUCH_IMAGE", `there is no image called ${shown}`, {
    hint: "distill images lists the names; oci:DIR, oci-archive:FILE, docker-archive:FILE and docker-daemon:NAME lie elsewhere",
  });
}
