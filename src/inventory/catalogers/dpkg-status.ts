import type { RootPath } from "../../rootfs/path.ts";
import type { Cataloger, LayerFile } from "../cataloger.ts";
import type { PackageClaim } from "../claim.ts";
import type { Warn } from "../warn.ts";
import { readRecords } from "./debian/record-fields.ts";
import { conffilesOf, packageOfStanza, STANZA_FIELDS } from "./debian/stanza.ts";
import { tellOnce } from "./once.ts";

const STATUS = "var/lib/dpkg/status";
const STATUS_FILE = /^var\/lib\/dpkg\/status\.d\/[^/]+$/;

/** Bytes of a database: far more than all packages of a distribution take. */
const MAX_SIZE = 64 * 1024 * 1024;
/** Names and files that all stanzas of a database speak of. */
const MAX_WORDS = 300_000;

/**
 * The packages of dpkg (deb822(5), dpkg-query(1)): of /var/lib/dpkg/status, and of the files in status.d, where distroless images
 * keep one a package. A stanza without Status counts as installed. Files are the conffiles: the others stand in lists of their own.
 */
export const dpkgStatusCataloger: Cataloger = {
  name: "dpkg-status",
  wants: ({ path }) => path === STATUS || isStatusFile(path),
  read: packagesIn,
};

/** True for a file of status.d that holds a stanza, and not what belongs to one. */
function isStatusFile(path: RootPath): boolean {
  return STATUS_FILE.test(path) && !path.endsWith(".md5sums");
}

async function packagesIn(file: LayerFile, _layer: unknown, warn: Warn): Promise<readonly PackageClaim[]> {
  const tell = tellOnce(file.path, warn);
  const claims: PackageClaim[] = [];
  if (file.content.size > MAX_SIZE) {
    tell(`it is larger than ${MAX_SIZE} bytes and is not read`);
    return claims;
  }
  let words = 0;
  for await (const { line, fields } of readRecords(file.content, STANZA_FIELDS, tell)) {
    const read = packageOfStanza(fields);
    if (read === "absent") continue;
    if (read === undefined) {
      tell(`the entry at line ${line} is no package of dpkg's`, "no package");
      continue;
    }
    const { files, refused } = conffilesOf(fields);
    if (refused > 0) tell(`the entry at line ${line} names conffiles that are no paths`, "no paths");
    words += files.length + read.dependencies.flat().length + (read.provides?.length ?? 0);
    if (words > MAX_WORDS) {
      tell(`its entries from line ${line} on are not read: they name more than ${MAX_WORDS} packages and files`);
      break;
    }
    claims.push({ kind: "package", package: read, files, directories: [] });
  }
  return claims;
}
