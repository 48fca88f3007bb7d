import type { Content } from "../../rootfs/content.ts";
import { displayPath, parentOf } from "../../rootfs/path.ts";
import type { Cataloger } from "../cataloger.ts";
import type { PackageFacts } from "../package.ts";
import { readHead } from "./read-head.ts";

/**
 * The root of a package, as npm, pnpm, yarn and bun install it, and as Debian does (usr/share/nodejs, usr/lib/nodejs). Not
 * deeper, though scanners take every package.json with a name and a version: those inside a package set modes of its directories, or
 * are what its tests try. Nor outside: the package.json of an application describes the user's own files, and its name
 * is no promise that the registry's package of that name is there. Names that begin with a dot are of tools' own (.bin, .cache).
 */
const ROOT_OF_PACKAGE =
  /(?:^|\/)(?:node_modules|usr\/share\/nodejs|usr\/lib\/nodejs)\/(?:@[^/]+\/)?[^/.@][^/]*\/package\.json$/;

const MAX_SIZE = 4 * 1024 * 1024;
const MAX_DEPENDENCIES = 10_000;
const MAX_LICENSES = 100;
const MAX_LICENSE = 128;

/** Names as npm takes them (package.json, "name"), and those with capitals that it once took. */
const NAME = /^(?:@[a-z0-9~_-][a-z0-9~._-]{0,213}\/)?[a-z0-9~_-][a-z0-9~._-]{0,213}$/i;
const VERSION = /^[!-~]{1,255}$/;
const ALIAS = /^npm:(@?[^@]{1,428})(?:@|$)/;

/** Packages of Node: a directory with a package.json that has a name and a version. */
export const npmCataloger: Cataloger = {
  name: "npm",
  wants: ({ path }) => ROOT_OF_PACKAGE.test(path),
  read: async ({ path, content }, _layer, warn) => {
    const read = await manifestOf(content);
    if (typeof read === "string") warn(`${displayPath(path)}: ${read}`);
    return typeof read !== "object"
      ? []
      : [{ kind: "package", package: read, files: [], directories: [parentOf(path)] }];
  },
};

/** The facts of a package.json; what is wrong with it; or undefined, where it describes no package. */
async function manifestOf(content: Content): Promise<PackageFacts | string | undefined> {
  if (content.size > MAX_SIZE) return `it is larger than ${MAX_SIZE} bytes and is not read`;
  const manifest = parsed((await readHead(content, MAX_SIZE)).toString("utf8"));
  if (manifest === undefined) return "it is no JSON";
  const { name, version } = isRecord(manifest) ? manifest : {};
  if (name === undefined || version === undefined) return undefined;
  if (typeof name !== "string" || !NAME.test(name)) return "its name is none that npm takes";
  if (typeof version !== "string" || !VERSION.test(version)) return "its version is none";
  return {
    type: "npm",
    name,
    version,
    architecture: "",
    source: undefined,
    licenses: licensesOf(manifest as JsonRecord),
    dependencies: dependenciesOf(manifest as JsonRecord).map((needed) => [needed]),
  };
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
