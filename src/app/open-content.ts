import type { Content } from "../image/content.ts";
import { formatFamiliar, parseReference, type Reference, withDefaultTag } from "../image/reference.ts";
import { parseSource } from "../image/source/location.ts";
import { openSource } from "../image/source/open.ts";
import { DistillError, isDistillError } from "../lib/errors.ts";
import type { Remote } from "../registry/remote.ts";
import type { Store } from "../store/store.ts";
import { packedContent } from "./packed-content.ts";
import type { RegistryAccess } from "./registry-access.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

/** An image or index by the name that a user gave it, to be read until it is disposed of. */
export interface OpenedContent extends AsyncDisposable {
  readonly content: Content;
  /** The image name that it was asked by; undefined for a digest, an image ID, a file or a directory. */
  readonly reference: Reference | undefined;
  /** The repository that it comes from; undefined for what is on this machine. */
  readonly remote?: Remote;
  /** The store, where it comes from there. */
  readonly store?: Store;
}

/**
 * Opens an image by any name that a user may give: `docker://`, `oci:`, `oci-archive:`, `docker-archive:` and
 * `docker-daemon:` as parseSource reads them; everything else as a name, digest or image ID (or the beginning of one) of
 * the store, and a name that the store does not have as one of its registry. A fresh image of the store is packed first,
 * unless it is asked for as it is `stored`, by whoever sends and shows no packed layers. NO_SUCH_IMAGE where there is none;
 * USAGE and UNSUPPORTED as parseSource; and what openSource and openFromRegistry throw.
 */
export async function openContent(
  name: string,
  access: RegistryAccess,
  form: "packed" | "stored" = "packed",
): Promise<OpenedContent> {
  const location = parseSource(name);
  if (location?.transport === "docker") return openRemotely(location.reference, access);
  if (location !== undefined) {
    const source = await openSource(location, access.signal);
    const named = location.transport === "docker-daemon" && location.digest === undefined;
    const reference = named ? withDefaultTag(parseReference(location.name)) : undefined;
    return { content: source.content, reference, [Symbol.asyncDispose]: () => source[Symbol.asyncDispose]() };
  }
  const stored = await openStored(name, access, form);
  if (stored !== undefined) return stored;
  if (isIdentifier(name)) throw noSuchImage(name);
  const reference = withDefaultTag(parseReference(name));
  access.progress.info(`${formatFamiliar(reference)} is not in the store: ${reference.domain} is asked`);
  try {
    return await openRemotely(reference, access);
  } catch (error) {
    if (!isDistillError(error, "NETWORK")) throw error;
    const { hint, cause, message } = error;
    throw new DistillError("NETWORK", `${formatFamiliar(reference)} is not in the store, and ${message}`, {
      hint: `distill images lists what is there; ${hint}`,
      cause,
    });
  }
}

async function openRemotely(reference: Reference, access: RegistryAccess): Promise<OpenedContent> {
  const { openFromRegistry } = await import("./registries.ts");
  const { content, remote } = await openFromRegistry(reference, access);
  return { content, reference, remote, [Symbol.asyncDispose]: async () => {} };
}

/** A digest, or what only an image ID looks like. */
function isIdentifier(name: string): boolean {
  return /^(?:sha256:[0-9a-f]{1,64}|[0-9a-f]{12,64})$/.test(name);
}

/** What the store has of that name; undefined where it has nothing. */
async function openStored(
  name: string,
  access: RegistryAccess,
  form: "packed" | "stored",
): Promise<OpenedContent | undefined> {
  const workspace = openWorkspace();
  const close = (): PromiseLike<void> => workspace[Symbol.asyncDispose]();
  try {
    const { store } = workspace;
    const content = form === "packed" ? await packedContent(store, name, access) : store.content(name);
    if (content !== undefined) {
      const reference = nameOf(name, workspace);
      return { content, reference, store, [Symbol.asyncDispose]: close };
    }
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

/** The error for a name that the store does not have. */
export function noSuchImage(name: string): DistillError {
  return new DistillError("NO_SUCH_IMAGE", `there is no image called ${name}`, {
    hint: "distill images lists the names; docker://NAME, oci:DIR, oci-archive:FILE, docker-archive:FILE and docker-daemon:NAME lie elsewhere",
  });
}
