import { type Archives, openArchives } from "../../debian/archive/archive.ts";
import { type AccessOptions, archiveContext } from "../../debian/archive/archive-context.ts";
import { openDebs } from "../../debian/archive/debs.ts";
import type { ArchiveSource } from "../../debian/archive/sources.ts";
import { readDebFiles } from "../../debian/deb/unpack-deb.ts";
import type { BinaryPackage } from "../../debian/package/package.ts";
import { DEBIAN_RELEASES } from "../../debian/releases.ts";
import { DistillError, isDistillError } from "../../lib/errors.ts";
import { shownUrl } from "../../lib/http/url.ts";
import { silentProgress } from "../../lib/progress.ts";
import type { FeedItem } from "../feeds/item.ts";
import { readSupportList, type SupportList } from "../readers/debian-support.ts";

/** A list of the package debian-security-support, and the release that it is of. */
interface FoundList {
  readonly release: string;
  readonly list: SupportList;
  readonly text: string;
}

/** The lists as they were found. */
export interface SupportLists {
  /** The packages that they are from, the newest release's first. */
  readonly packages: readonly { readonly place: string; readonly digest: string }[];
  /** Of the releases of the archive that it is in, RFC 3339. */
  readonly dated: string;
  readonly items: readonly FeedItem[];
}

const PACKAGE = "debian-security-support";
const FOLDER = "usr/share/debian-security-support/";
/** Bytes of all lists of a package; they have some 30,000. */
const MAX_LISTS = 8 * 1024 * 1024;

/**
 * Reads what Debian says of the security support of its packages. The package of the newest release has lists for older
 * ones too; where an older release's archive is in the cache, because something of it was composed or scanned, its own
 * package counts, which is newer. Fails as openArchives does where the newest release's cannot be had.
 */
export async function readSupport(
  sourcesOf: (release: string) => Promise<readonly ArchiveSource[]>,
  access: AccessOptions & { readonly refresh: boolean },
): Promise<SupportLists> {
  const [newest, ...older] = DEBIAN_RELEASES.map(({ codename }) => codename);
  if (newest === undefined) throw new Error("there is no release");
  const first = await packageOf(newest, await sourcesOf(newest), access);
  const packages = [first];
  let lists = await listsOf(newest, first);
  for (const release of older) {
    const own = await ownPackage(release, await sourcesOf(release), access);
    if (own === undefined) continue;
    packages.push(own);
    const better = (await listsOf(release, own)).filter((each) => each.release === release);
    if (better.length > 0) lists = [...lists.filter((each) => each.release !== release), ...better];
  }
  if (lists.length === 0) {
    throw new DistillError("FORMAT_INVALID", `${PACKAGE} ${first.found.version} has no list that distill knows`);
  }
  return {
    packages: packages.map(({ place, found: { digest } }) => ({ place, digest })),
    dated: new Date(first.date).toISOString(),
    items: lists.flatMap(({ release, list, text }) => readSupportList(text, release, list)),
  };
}

interface FoundPackage {
  readonly found: BinaryPackage;
  readonly path: string;
  readonly place: string;
  readonly date: number;
}

/** `index`: how the index is opened, which may be from the cache alone while the package itself is fetched. */
async function packageOf(
  release: string,
  sources: readonly ArchiveSource[],
  access: AccessOptions,
  index: Partial<AccessOptions> = {},
): Promise<FoundPackage> {
  const archives: Archives = await openArchives({ ...access, ...index, sources, architecture: "amd64" });
  const [found] = (await archives.index()).versions(PACKAGE);
  if (found === undefined) throw new DistillError("UNSUPPORTED", `Debian ${release} has no package ${PACKAGE}`);
  const debs = openDebs(
    archives.releases.map(({ source, release: { date } }) => ({ source, date })),
    archiveContext(access),
  );
  const path = await debs.fetchDeb(found);
  const place = shownUrl(`${sources[found.archive]?.uri}/${found.filename}`);
  return { found, path, place, date: Math.max(...archives.releases.map(({ release: { date } }) => date)) };
}

/** Undefined where the release's archive is not in the cache, or its package cannot be had. */
async function ownPackage(
  release: string,
  sources: readonly ArchiveSource[],
  access: AccessOptions,
): Promise<FoundPackage | undefined> {
  try {
    return await packageOf(release, sources, access, { offline: true, progress: silentProgress });
  } catch (error) {
    if (!isDistillError(error) || error.code === "CANCELLED") throw error;
    return undefined;
  }
}

async function listsOf(own: string, { found: { digest }, path }: FoundPackage): Promise<readonly FoundList[]> {
  const members = await readDebFiles({
    path,
    digest,
    maxWanted: MAX_LISTS,
    wanted: ({ type, path: at }) => type === "file" && at.replace(/^\.?\//, "").startsWith(FOLDER),
  });
  return members.flatMap(({ header, bytes }) => {
    const known = listCalled(header.path.replace(/^\.?\//, "").slice(FOLDER.length), own);
    return known === undefined ? [] : [{ ...known, text: Buffer.from(bytes).toString("utf8") }];
  });
}

/** `security-support.deb13` since trixie; before, `security-support-ended.deb12`, and `security-support-limited` of the own release. */
function listCalled(name: string, own: string): Pick<FoundList, "release" | "list"> | undefined {
  if (name === "security-support-limited") return { release: own, list: "limited" };
  const [, ended, number] = /^security-support(-ended)?\.deb(\d{1,3})$/.exec(name) ?? [];
  const release = DEBIAN_RELEASES.find(({ version }) => version === number)?.codename;
  return release === undefined ? undefined : { release, list: ended === undefined ? "all" : "ended" };
}
