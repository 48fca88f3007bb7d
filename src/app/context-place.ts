import { statSync } from "node:fs";
import { isGitAddress, isWebAddress } from "../dockerfile/graph/remote-address.ts";

/** What the context of a build was named as. */
export type ContextPlace =
  | { readonly kind: "directory"; readonly path: string }
  /** A tar archive, packed or not. */
  | { readonly kind: "file"; readonly path: string }
  /** An archive or a Dockerfile. */
  | { readonly kind: "stdin" }
  | { readonly kind: "web"; readonly url: string }
  | { readonly kind: "git"; readonly address: string };

/**
 * Reads the argument of a build as docker does: `-` is the standard input, addresses of repositories and of the web are
 * told by their form, and a file is an archive. Everything else is a directory, whether or not it is there.
 */
export function contextPlace(text: string): ContextPlace {
  if (text === "-") return { kind: "stdin" };
  if (isGitAddress(text) || isShortAddress(text)) {
    return { kind: "git", address: isGitAddress(text) ? text : `https://${text}` };
  }
  if (isWebAddress(text)) return { kind: "web", url: text };
  const found = statSync(text, { throwIfNoEntry: false });
  return found?.isFile() ? { kind: "file", path: text } : { kind: "directory", path: text };
}

/** `github.com/OWNER/NAME`, which docker takes without a scheme, where no directory is called so. */
function isShortAddress(text: string): boolean {
  return /^github\.com\/[^/?#]+\/[^/?#]+/.test(text) && statSync(text, { throwIfNoEntry: false }) === undefined;
}
