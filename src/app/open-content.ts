import type { Content } from "../image/content.ts";
import { formatFamiliar, parseReference, withDefaultTag } from "../image/reference.ts";
import { parseSource } from "../image/source/location.ts";
import { openSource } from "../image/source/open.ts";
import { DistillError } from "../lib/errors.ts";
import { openWorkspace } from "./workspace.ts";

/** An image or index by the name that a user gave it, to be read until it is disposed of. */
export interface OpenedContent extends AsyncDisposable {
  readonly content: Content;
  /** True for what lies in the local store. */
  readonly stored: boolean;
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
    return { content: source.content, stored: false, [Symbol.asyncDispose]: () => source[Symbol.asyncDispose]() };
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
    if (content !== undefined) return { content, stored: true, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
  await close();
  return undefined;
}

function noSuchImage(name: string): DistillError {
  const shown = /^(?:sha256:)?[0-9a-f]{6,64}$/.test(name) ? name : formatFamiliar(withDefaultTag(parseReference(name)));
  return new DistillError("NO_SUCH_IMAGE", `there is no image called ${shown}`, {
    hint: "distill images lists the names; oci:DIR, oci-archive:FILE, docker-archive:FILE and docker-daemon:NAME lie elsewhere",
  });
}
