import type { Content } from "../../rootfs/content.ts";
import type { Cataloger } from "../cataloger.ts";
import type { PackageClaim } from "../claim.ts";
import type { PackageFacts } from "../package.ts";
import { Allowance } from "./allowance.ts";
import { type ApkEntry, ApkEntryReader } from "./apk/installed.ts";
import { linesOf } from "./lines.ts";
import { tellOnce } from "./once.ts";
import { neededPackages, type Providers, providersIn } from "./providers.ts";

/** apk-tools 3 may keep its database below /usr. */
const PATHS: ReadonlySet<string> = new Set(["lib/apk/db/installed", "usr/lib/apk/db/installed"]);

const MAX_SIZE = 64 * 1024 * 1024;
const MAX_LINE = 256 * 1024;
/** Of the names and paths of all entries. */
const MAX_MEMORY = 128 * 1024 * 1024;

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
    const providers = providersIn(entries);
    return entries.map((entry) => ({
      kind: "package",
      package: factsOf(entry, providers),
      files: entry.files,
      directories: [],
    }));
  },
};

async function entriesOf(content: Content, tell: ReturnType<typeof tellOnce>): Promise<readonly ApkEntry[]> {
  const entries: ApkEntry[] = [];
  const reader = new ApkEntryReader(new Allowance(MAX_MEMORY), tell);
  for await (const lines of linesOf(content, MAX_LINE)) {
    for (const line of lines) {
      const entry = reader.take(line);
      if (entry !== undefined) entries.push(entry);
      if (!reader.isOver) continue;
      tell(`its entries behind ${entries.at(-1)?.name ?? "the beginning"} are not read: they name too much`);
      return entries;
    }
  }
  const last = reader.end();
  return last === undefined ? entries : [...entries, last];
}

function factsOf(entry: ApkEntry, providers: Providers): PackageFacts {
  const { name, version, architecture, license, origin } = entry;
  return {
    type: "apk",
    name,
    version,
    architecture,
    source: origin === "" || origin === name ? undefined : { name: origin, version },
    licenses: license === "" ? [] : [license],
    dependencies: neededPackages(name, entry.needs, providers),
  };
}
