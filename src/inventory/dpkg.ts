import { isDistillError } from "../lib/errors.ts";
import type { Content } from "../rootfs/content.ts";
import { childOf, comparePaths, displayPath, pathFromText } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import { readRecords } from "./catalogers/debian/record-fields.ts";
import type { InstalledPackage } from "./installed-package.ts";
import type { Warn } from "./warn.ts";

const DATABASE = "var/lib/dpkg";
const WANTED = new Set(["package", "version", "architecture", "status"]);

/** Files of status.d, and bytes of a database: far more than any distribution has packages. */
const MAX_FILES = 50_000;
const MAX_SIZE = 256 * 1024 * 1024;

/** States of a package whose files are not there (deb-status in dpkg's sources: the third word of Status). */
const ABSENT = new Set(["not-installed", "config-files"]);

/**
 * The packages of dpkg: of /var/lib/dpkg/status, and of /var/lib/dpkg/status.d, where distroless images keep one file a
 * package. An entry without Status counts as installed. By name, then architecture. Each is given once, however often it is recorded.
 */
export async function dpkgPackages(tree: Tree, warn: Warn): Promise<readonly InstalledPackage[]> {
  const found = new Map<string, InstalledPackage>();
  for (const { path, content } of recordFiles(tree, warn)) {
    for (const each of await packagesIn(path, content, warn)) {
      const key = `${each.name} ${each.architecture} ${each.version}`;
      if (!found.has(key)) found.set(key, each);
    }
  }
  const keys = [...found.keys()].sort(comparePaths);
  return keys.map((key) => found.get(key) as InstalledPackage);
}

interface RecordFile {
  readonly path: string;
  readonly content: Content;
}

function recordFiles(tree: Tree, warn: Warn): readonly RecordFile[] {
  const files: RecordFile[] = [];
  const add = (path: string): void => {
    const found = tree.find(path);
    if (found?.node.type !== "file") return;
    const shown = displayPath(found.path);
    if (found.node.content.size > MAX_SIZE) warn(`${shown} is larger than ${MAX_SIZE} bytes and is not read`);
    else files.push({ path: shown, content: found.node.content });
  };
  add(`${DATABASE}/status`);
  const directory = tree.find(`${DATABASE}/status.d`);
  if (directory?.node.type !== "directory") return files;
  const names = [...directory.node.children.keys()].filter((name) => !name.endsWith(".md5sums")).sort(comparePaths);
  if (names.length > MAX_FILES) {
    warn(`${displayPath(directory.path)} has more than ${MAX_FILES} files; the others are not read`);
  }
  for (const name of names.slice(0, MAX_FILES)) add(childOf(pathFromText(`${DATABASE}/status.d`), name));
  return files;
}

async function packagesIn(path: string, content: Content, warn: Warn): Promise<readonly InstalledPackage[]> {
  const packages: InstalledPackage[] = [];
  let told = false;
  const complain = (problem: string): void => warn(`${path}: ${problem}`);
  try {
    for await (const { line, fields } of readRecords(content, WANTED, complain)) {
      const read = packageOf(fields, path);
      if (read === "absent") continue;
      if (read !== undefined) packages.push(read);
      else if (!told) complain(`the entry at line ${line} is no package of dpkg's`);
      told ||= read === undefined;
    }
  } catch (error) {
    if (!isDistillError(error, "FORMAT_INVALID", "LIMIT_EXCEEDED")) throw error;
    complain(error.message);
  }
  return packages;
}

/** Names and versions as Debian Policy has them (5.6.7, 5.6.12), in what foreign tools add too: no blanks, not endless. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9+._-]{0,254}$/;
const VERSION = /^[!-~]{1,255}$/;

function packageOf(fields: ReadonlyMap<string, string>, record: string): InstalledPackage | "absent" | undefined {
  const name = fields.get("package") ?? "";
  if (!NAME.test(name)) return undefined;
  const [, , state] = (fields.get("status") ?? "install ok installed").split(/\s+/);
  if (ABSENT.has(state ?? "")) return "absent";
  const version = fields.get("version") ?? "";
  const architecture = fields.get("architecture") ?? "";
  if (!VERSION.test(version) || (architecture !== "" && !NAME.test(architecture))) return undefined;
  return { kind: "deb", name, version, architecture, record };
}
