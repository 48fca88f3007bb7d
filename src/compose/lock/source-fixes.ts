import { type Fixes, fixesBetween } from "../../debian/changelog/fixes.ts";
import { compareVersions } from "../../debian/package/version.ts";
import { gunzip } from "../../formats/gzip/read.ts";
import { isDistillError } from "../../lib/errors.ts";
import { streamContent } from "../../rootfs/content.ts";
import type { Payload } from "../packages/payload.ts";
import type { ChosenPackage } from "../record.ts";
import type { ChangedPackage } from "./lock-changes.ts";

/** What the changelog of a source package says was fixed. */
export type SourceFixes = Readonly<{ source: string; from: string; to: string }> &
  (
    | Readonly<Pick<Fixes, "cves" | "closes" | "security">>
    /** Why nothing is known. */
    | Readonly<{ unknown: string }>
  );

/** A package unpacked, as far as its changelog is concerned. */
export type ChangelogFiles = Pick<Payload, "data" | "members">;

/** Bytes; the longest changelogs of Debian have some 3 MB. */
const MAX_CHANGELOG = 16 * 1024 * 1024;
const MAX_LINKS = 4;
const DOC = "usr/share/doc";

/**
 * What changelogs say was fixed in the packages that are newer than before, each source package once. `open` unpacks one of
 * `packages`, the new ones: documentation of one may lie in another. A changelog that cannot be had or read is no failure.
 */
export async function sourceFixes(
  changed: readonly ChangedPackage[],
  packages: readonly ChosenPackage[],
  open: (of: ChosenPackage) => Promise<ChangelogFiles>,
): Promise<readonly SourceFixes[]> {
  const fixes = new Map<string, SourceFixes>();
  for (const { before, after } of changed) {
    if (before === undefined || after === undefined || before.source.name !== after.source.name) continue;
    const [source, from, to] = [after.source.name, before.source.version, after.source.version];
    const known = fixes.get(source);
    if (compareVersions(to, from) <= 0 || (known !== undefined && !("unknown" in known))) continue;
    fixes.set(source, { source, from, to, ...(await fixesOf(after, from, packages, open)) });
  }
  return [...fixes.values()].sort((a, b) => (a.source < b.source ? -1 : 1));
}

async function fixesOf(
  after: ChosenPackage,
  from: string,
  packages: readonly ChosenPackage[],
  open: (of: ChosenPackage) => Promise<ChangelogFiles>,
): Promise<Pick<Fixes, "cves" | "closes" | "security"> | { readonly unknown: string }> {
  try {
    const changelog = await findChangelog(after, packages, open);
    if (changelog === undefined) return { unknown: `${after.name} has no changelog` };
    const { cves, closes, security } = await fixesBetween(changelog, from, after.source.version);
    return { cves, closes, security };
  } catch (error) {
    if (!isDistillError(error) || error.code === "CANCELLED") throw error;
    return { unknown: error.message };
  }
}

/** The text of a package's changelog (Debian Policy 12.7): changelog.Debian.gz, or changelog.gz of a native package. */
async function findChangelog(
  of: ChosenPackage,
  packages: readonly ChosenPackage[],
  open: (of: ChosenPackage) => Promise<ChangelogFiles>,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  for (const name of ["changelog.Debian.gz", "changelog.gz"]) {
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

/** What a package has at a path: a file's text, or where a link on the way leads. */
function lookUp(files: ChangelogFiles, path: string): AsyncIterable<Uint8Array> | string | undefined {
  for (const { header, offset } of files.members) {
    const at = header.path.replace(/^\.?\//, "").replace(/\/$/, "");
    if (header.type === "file" && at === path) {
      return gunzip(streamContent(files.data.range(offset, header.size)), { maxBytes: MAX_CHANGELOG });
    }
    const inside = path === at ? "" : path.startsWith(`${at}/`) ? path.slice(at.length) : undefined;
    if (header.type === "symlink" && inside !== undefined) return follow(at, header.linkname) + inside;
    if (header.type === "hardlink" && at === path) return header.linkname.replace(/^\.?\//, "");
  }
  return undefined;
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
