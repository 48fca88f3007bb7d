import type { Content } from "../../rootfs/content.ts";
import { childOf, displayPath, nameOf, parentOf, type RootPath } from "../../rootfs/path.ts";
import type { Cataloger } from "../cataloger.ts";
import type { PackageFacts } from "../package.ts";
import { readHead } from "./read-head.ts";

/**
 * The root of a package, as npm, pnpm, yarn and bun install it, and as Debian does (usr/share/nodejs, usr/lib/nodejs). Not
 * deeper, though scanners take every package.json with a name and a version: those inside a package set modes of its directories, or
 * are what its tests try. Nor outside: the package.json of an application describes the user's own files, and its name
 * is no promise that the registry's package of that name is there. Names that begin with a dot are of tools' own (.bin, .cache).
 */
const INSTALLED =
  /(?:^|\/)(?:node_modules|usr\/share\/nodejs|usr\/lib\/(?:[^/]+\/)?nodejs)\/(?:@[^/]+\/)?[^/.@][^/]*\/package\.json$/;
/** A release that was unpacked where it is, if name and version are those of the directory: yarn in /opt/yarn-v1.22.22. */
const UNPACKED = /(?:^|\/)[^/]+-v?[0-9][^/]*\/package\.json$/;
const MODULES = "node_modules";
const MANIFEST = "/package.json";

const MAX_SIZE = 4 * 1024 * 1024;
const MAX_DEPENDENCIES = 10_000;
const MAX_PROGRAMS = 1000;
const MAX_LICENSES = 100;
const MAX_LICENSE = 128;

/** Names as npm takes them (package.json, "name"), and those with capitals that it once took. */
const NAME = /^(?:@[a-z0-9~_-][a-z0-9~._-]{0,213}\/)?[a-z0-9~_-][a-z0-9~._-]{0,213}$/i;
const VERSION = /^[!-~]{1,255}$/;
const PROGRAM = /^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,213}$/;
const ALIAS = /^npm:(@?[^@]{1,428})(?:@|$)/;

/** Packages of Node: a directory with a package.json that has a name and a version. */
export const npmCataloger: Cataloger = {
  name: "npm",
  wants: ({ path }) => path.endsWith(MANIFEST) && (INSTALLED.test(path) || UNPACKED.test(path)),
  read: async ({ path, content }, _layer, warn) => {
    const installed = INSTALLED.test(path);
    const read = await manifestOf(content);
    if (typeof read === "string") {
      if (installed) warn(`${displayPath(path)}: ${read}`);
      return [];
    }
    if (read === undefined || (!installed && !isUnpacked(parentOf(path), read.facts))) return [];
    const directory = parentOf(path);
    return [
      { kind: "package", package: read.facts, files: linksOf(directory, read.programs), directories: [directory] },
    ];
  },
};

interface Manifest {
  readonly facts: PackageFacts;
  /** Names of its programs. */
  readonly programs: readonly string[];
}

function isUnpacked(directory: RootPath, { name, version }: PackageFacts): boolean {
  return [`${name}-v${version}`, `${name}-${version}`].includes(nameOf(directory));
}

/** Where npm links the programs of a package: in .bin beside it, and for one that is installed for all in bin of the prefix. */
function linksOf(directory: RootPath, programs: readonly string[]): readonly string[] {
  const beside = parentOf(directory);
  const modules = nameOf(beside).startsWith("@") ? parentOf(beside) : beside;
  if (nameOf(modules) !== MODULES) return [];
  const places: RootPath[] = [childOf(modules, ".bin")];
  const library = parentOf(modules);
  if (nameOf(library) === "lib") places.push(childOf(parentOf(library), "bin"));
  return places.flatMap((place) => programs.map((program) => childOf(place, program)));
}

/** What a package.json says; what is wrong with it; or undefined, where it describes no package. */
async function manifestOf(content: Content): Promise<Manifest | string | undefined> {
  if (content.size > MAX_SIZE) return `it is larger than ${MAX_SIZE} bytes and is not read`;
  const manifest = parsed((await readHead(content, MAX_SIZE)).toString("utf8"));
  if (manifest === undefined) return "it is no JSON";
  const { name, version } = isRecord(manifest) ? manifest : {};
  if (name === undefined || version === undefined) return undefined;
  if (typeof name !== "string" || !NAME.test(name)) return "its name is none that npm takes";
  if (typeof version !== "string" || !VERSION.test(version)) return "its version is none";
  const facts: PackageFacts = {
    type: "npm",
    name,
    version,
    architecture: "",
    source: undefined,
    licenses: licensesOf(manifest as JsonRecord),
    dependencies: dependenciesOf(manifest as JsonRecord).map((needed) => [needed]),
  };
  return { facts, programs: programsOf(name, manifest as JsonRecord) };
}

type JsonRecord = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.startsWith("\uFEFF") ? text.slice(1) : text);
  } catch {
    return undefined;
  }
}

/** `license` as a text, or in the forms that old packages have: an object with `type`, `licenses`, a list of either. */
function licensesOf({ license, licenses }: JsonRecord): readonly string[] {
  const listed = [license ?? licenses].flat(1).slice(0, MAX_LICENSES);
  const names = listed.flatMap((each) => {
    const name = isRecord(each) ? (each.type ?? each.name) : each;
    return typeof name === "string" && name.trim() !== "" && name.length <= MAX_LICENSE ? [name.trim()] : [];
  });
  return [...new Set(names)];
}

/**
 * Packages that it asks for, in the order of the file. Optional ones are among them: where one is there, this is why. Of an
 * alias (`"a": "npm:b@1"`), what is installed counts.
 */
function dependenciesOf({ dependencies, optionalDependencies }: JsonRecord): readonly string[] {
  const names = new Set<string>();
  for (const asked of [dependencies, optionalDependencies]) {
    if (!isRecord(asked)) continue;
    for (const [key, range] of Object.entries(asked).slice(0, MAX_DEPENDENCIES)) {
      const name = (typeof range === "string" ? ALIAS.exec(range)?.[1] : undefined) ?? key;
      if (NAME.test(name)) names.add(name);
    }
  }
  return [...names];
}

/** `bin`: programs by name, or the path of the one that is called as the package is. */
function programsOf(name: string, { bin }: JsonRecord): readonly string[] {
  const names = typeof bin === "string" ? [name.slice(name.indexOf("/") + 1)] : isRecord(bin) ? Object.keys(bin) : [];
  return names.slice(0, MAX_PROGRAMS).filter((each) => PROGRAM.test(each));
}
