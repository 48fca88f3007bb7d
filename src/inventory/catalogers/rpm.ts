import type { Content } from "../../rootfs/content.ts";
import { nameOf, parentOf, type RootPath } from "../../rootfs/path.ts";
import type { Cataloger, LayerFile, LayerView } from "../cataloger.ts";
import type { PackageClaim } from "../claim.ts";
import type { PackageFacts } from "../package.ts";
import { Allowance } from "./allowance.ts";
import { tellOnce } from "./once.ts";
import { neededPackages, type Providers, providersIn } from "./providers.ts";
import { type Complain, unlessBroken } from "./rpm/database-broken.ts";
import { RpmHeader } from "./rpm/header.ts";
import { ndbBlobs } from "./rpm/ndb-blobs.ts";
import { packageOfHeader, type RpmPackage } from "./rpm/package.ts";
import { sqliteBlobs } from "./rpm/sqlite-blobs.ts";

/** The second since Fedora 36 and in SUSE. */
const DIRECTORIES: ReadonlySet<string> = new Set(["var/lib/rpm", "usr/lib/sysimage/rpm"]);
const SQLITE = "rpmdb.sqlite";
const NDB = "Packages.db";
const BERKELEY = "Packages";

const MAX_SIZE = 1024 * 1024 * 1024;
const MAX_PACKAGES = 200_000;
/** Of the names and paths of all packages. */
const MAX_MEMORY = 256 * 1024 * 1024;
/** A write-ahead log has pages behind its header of that many bytes. */
const EMPTY_LOG = 32;

type Tell = ReturnType<typeof tellOnce>;

/**
 * The packages of rpm, with their files, from its SQLite and ndb databases. What they need is looked up in what the others of the database provide
 * and hold. A database of Berkeley DB (before RHEL 9) is told and not read.
 */
export const rpmCataloger: Cataloger = {
  name: "rpm",
  wants: ({ path }) => DIRECTORIES.has(parentOf(path)) && [SQLITE, NDB, BERKELEY].includes(nameOf(path)),
  read: async (file, layer, warn): Promise<readonly PackageClaim[]> => {
    const tell = tellOnce(file.path, warn);
    if (file.content.size === 0) return [];
    if (nameOf(file.path) === BERKELEY) {
      tell("databases of Berkeley DB are not read: the packages of rpm are not known");
      return [];
    }
    if (file.content.size > MAX_SIZE) {
      tell(`it is larger than ${MAX_SIZE} bytes and is not read`);
      return [];
    }
    if (hasLog(file, layer)) tell("what is only in its log (-wal) is not read");
    const packages = await packagesOf(file, tell);
    const providers = providersIn(packages.map(withNeededFiles(packages)));
    return packages.map((each) => ({
      kind: "package",
      package: factsOf(each, providers),
      files: each.files,
      directories: [],
    }));
  },
};

function hasLog({ path }: LayerFile, layer: LayerView): boolean {
  return (layer.file(`${path}-wal` as RootPath)?.content.size ?? 0) > EMPTY_LOG;
}

async function packagesOf({ path, content }: LayerFile, tell: Tell): Promise<readonly RpmPackage[]> {
  const complain = (problem: string): void => tell(problem, "damage");
  const read: (content: Content, complain: Complain) => AsyncGenerator<Buffer> =
    nameOf(path) === NDB ? ndbBlobs : sqliteBlobs;
  const packages: RpmPackage[] = [];
  await unlessBroken(() => addPackages(packages, read(content, complain), tell), complain);
  return packages;
}

async function addPackages(packages: RpmPackage[], blobs: AsyncGenerator<Buffer>, tell: Tell): Promise<void> {
  const allowance = new Allowance(MAX_MEMORY);
  let count = 0;
  for await (const blob of blobs) {
    if (++count > MAX_PACKAGES) return tell(`it has more than ${MAX_PACKAGES} packages`);
    const found = await unlessBroken(() => packageOfHeader(new RpmHeader(blob), allowance), tell);
    if (found !== undefined) packages.push(found);
  }
}

/** Packages may need a path: whoever has that file provides it, whether or not it says so. */
function withNeededFiles(packages: readonly RpmPackage[]): (each: RpmPackage) => RpmPackage {
  const needed = new Set(packages.flatMap(({ needs }) => needs.filter((need) => need.startsWith("/"))));
  return (each) => {
    if (needed.size === 0) return each;
    const held = each.files.map((path) => `/${path}`).filter((path) => needed.has(path));
    return held.length === 0 ? each : { ...each, provides: [...each.provides, ...held] };
  };
}

function factsOf({ name, needs, ...rest }: RpmPackage, providers: Providers): PackageFacts {
  const { version, architecture, license, source } = rest;
  return {
    type: "rpm",
    name,
    version,
    architecture,
    source,
    licenses: license === "" ? [] : [license],
    dependencies: neededPackages(name, needs, providers),
  };
}
