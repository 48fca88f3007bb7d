import { gunzip } from "../../formats/gzip/read.ts";
import type { TarHeader } from "../../formats/tar/header.ts";

/** An entry of a package's data.tar. */
export interface PackagedFile {
  readonly header: Pick<TarHeader, "path" | "type" | "linkname">;
  /** The bytes of a file. */
  content(): AsyncIterable<Uint8Array>;
}

/** Bytes; the longest changelogs of Debian have some 3 MB. */
const MAX_CHANGELOG = 16 * 1024 * 1024;
const MAX_LINKS = 4;
const DOC = "usr/share/doc";

/** What changelog.Debian.gz, or changelog.gz of a native package, is called (Debian Policy 12.7). */
const NAMES = ["changelog.Debian.gz", "changelog.gz"];

/**
 * The text of a package's changelog; undefined where it has none. Documentation of one package may lie in another one of
 * `packages`, of which `open` gives the files.
 */
export async function findChangelog<P extends { readonly name: string }>(
  of: P,
  packages: readonly P[],
  open: (of: P) => Promise<Iterable<PackagedFile>>,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  for (const name of NAMES) {
    let path = `${DOC}/${of.name}/${name}`;
    for (let links = 0; links <= MAX_LINKS; links++) {
      const owner = packages.find((each) => path.startsWith(`${DOC}/${each.name}/`));
      if (owner === undefined) break;
      const found = lookUp(await open(owner), path);
      if (found === undefined) break;
      if (typeof found !== "string") return found;
      path = found;
    }
  }
  return undefined;
}

/** True for what findChangelog may ask for: a changelog, or a link that may lead to one. */
export function leadsToChangelog({ path, type }: PackagedFile["header"]): boolean {
  const at = barePath(path);
  if (!at.startsWith(`${DOC}/`)) return false;
  return type === "symlink" || NAMES.some((name) => at.endsWith(`/${name}`));
}

/** What a package has at a path: a file's text, or where a link on the way leads. */
function lookUp(files: Iterable<PackagedFile>, path: string): AsyncIterable<Uint8Array> | string | undefined {
  for (const { header, content } of files) {
    const at = barePath(header.path);
    if (header.type === "file" && at === path) return gunzip(content(), { maxBytes: MAX_CHANGELOG });
    const inside = path === at ? "" : path.startsWith(`${at}/`) ? path.slice(at.length) : undefined;
    if (header.type === "symlink" && inside !== undefined) return follow(at, header.linkname) + inside;
    if (header.type === "hardlink" && at === path) return barePath(header.linkname);
  }
  return undefined;
}

function barePath(path: string): string {
  return path.replace(/^\.?\//, "").replace(/\/$/, "");
}

/** Where a link leads, as a path without a slash at the beginning. */
function follow(link: string, target: string): string {
  const parts = target.startsWith("/") ? [] : link.split("/").slice(0, -1);
  for (const part of target.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}
