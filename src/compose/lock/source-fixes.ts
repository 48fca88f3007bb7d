import { findChangelog, type PackagedFile } from "../../debian/changelog/find-changelog.ts";
import { type Fixes, fixesBetween } from "../../debian/changelog/fixes.ts";
import { compareVersions } from "../../debian/package/version.ts";
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
    const changelog = await findChangelog(after, packages, async (each) => packagedFiles(await open(each)));
    if (changelog === undefined) return { unknown: `${after.name} has no changelog` };
    const { cves, closes, security } = await fixesBetween(changelog, from, after.source.version);
    return { cves, closes, security };
  } catch (error) {
    if (!isDistillError(error) || error.code === "CANCELLED") throw error;
    return { unknown: error.message };
  }
}

function packagedFiles({ data, members }: ChangelogFiles): readonly PackagedFile[] {
  return members.map(({ header, offset }) => ({
    header,
    content: () => streamContent(data.range(offset, header.size)),
  }));
}
