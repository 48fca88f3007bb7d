import type { Content } from "../../rootfs/content.ts";
import type { Cataloger } from "../cataloger.ts";
import type { PackageClaim } from "../claim.ts";
import type { PackageFacts } from "../package.ts";
import { type ApkEntry, ApkEntryReader } from "./apk/installed.ts";
import { type ApkNames, namesOf, neededBy } from "./apk/needs.ts";
import { linesOf } from "./lines.ts";
import { tellOnce } from "./once.ts";

/** apk-tools 3 may keep its database below /usr. */
const PATHS: ReadonlySet<string> = new Set(["lib/apk/db/installed", "usr/lib/apk/db/installed"]);

const MAX_SIZE = 64 * 1024 * 1024;
const MAX_LINE = 256 * 1024;
/** Names and files that all entries speak of. */
const MAX_WORDS = 500_000;

/**
 * The packages of apk, with their files, and what they need by names of packages: libraries and commands are looked up in what the others
 * of the database provide. Alpine's origin is the source, of the same version.
 */
export const apkCataloger: Cataloger = {
  name: "apk",
  wants: ({ path }) => PATHS.has(path),
  read: async (file, _layer, warn): Promise<readonly PackageClaim[]> => {
    const tell = tellOnce(file.path, warn);
    if (file.content.size > MAX_SIZE) {
      tell(`it is larger than ${MAX_SIZE} bytes and is not read`);
      return [];
    }
    const entries = await entriesOf(file.content, tell);
    const names = namesOf(entries);
    return entries.map((entry) => ({
      kind: "package",
      package: factsOf(entry, names),
      files: entry.files,
      directories: [],
    }));
  },
};

async function entriesOf(content: Content, tell: ReturnType<typeof tellOnce>): Promise<readonly ApkEntry[]> {
  const entries: ApkEntry[] = [];
  const reader = new ApkEntryReader(tell);
  let words = 0;
  const isTaken = (entry: ApkEntry | undefined): boolean => {
    if (entry === undefined) return true;
    words += 1 + entry.files.length + entry.needs.length + entry.provides.length;
    if (words > MAX_WORDS) {
      tell(`its entries from ${entry.name} on are not read: they name more than ${MAX_WORDS} packages and files`);
      return false;
    }
    entries.push(entry);
    return true;
  };
  for await (const lines of linesOf(content, MAX_LINE)) {
    for (const line of lines) if (!isTaken(reader.take(line))) return entries;
  }
  isTaken(reader.end());
  return entries;
}

function factsOf(entry: ApkEntry, names: ApkNames): PackageFacts {
  const { name, version, architecture, license, origin } = entry;
  return {
    type: "apk",
    name,
    version,
    architecture,
    source: origin === "" || origin === name ? undefined : { name: origin, version },
    licenses: license === "" ? [] : [license],
    dependencies: neededBy(entry, names),
  };
}
