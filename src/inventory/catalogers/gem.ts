import { displayPath, nameOf, parentOf, type RootPath } from "../../rootfs/path.ts";
import type { Cataloger, LayerFile } from "../cataloger.ts";
import type { PackageFacts } from "../package.ts";
import { readHead } from "./read-head.ts";

const SPECIFICATION = /(?:^|\/)specifications\/(?:default\/)?[^/]+\.gemspec$/;
const DEFAULT = /(?:^|\/)specifications\/default\/[^/]+$/;
const ENDING = ".gemspec";

/** Specifications list files; the largest known has 400 kB. */
const MAX_SIZE = 4 * 1024 * 1024;
const MAX_DEPENDENCIES = 1000;

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,213}$/;
const VERSION = /^[0-9][0-9A-Za-z.-]{0,127}$/;

/** What stands in an installed specification: RubyGems writes each value in a line of its own, and texts with `.freeze` behind. */
const NAME_LINE = /^[ \t]*\w{1,40}\.name[ \t]*=[ \t]*["']([^"'\n]{1,214})["']/m;
const VERSION_LINE = /^[ \t]*\w{1,40}\.version[ \t]*=[ \t]*(?:Gem::Version\.new[ (]{1,2})?["']([^"'\n]{1,128})["']/m;
const LICENSE_LINE = /^[ \t]*\w{1,40}\.licenses?[ \t]*=[ \t]*([^\n]{1,4000})$/m;
const QUOTED = /["']([^"'\n]{1,128})["']/g;
const DEPENDENCY_LINE =
  /^[ \t]*\w{1,40}\.add_(?:runtime_)?dependency[ (]{1,2}(?:%q<([^>\n]{1,214})>|["']([^"'\n]{1,214})["'])/gm;
/** Behind it RubyGems repeats all dependencies for versions of itself that knew one kind only. */
const ELSE_LINE = /^[ \t]*else\b/m;

/**
 * Gems, by the specifications that RubyGems keeps of what it installed (`specifications/NAME-VERSION.gemspec`), and of what
 * came with Ruby (`specifications/default`). They are programs in Ruby; here their lines are read, and nothing is run.
 */
export const gemCataloger: Cataloger = {
  name: "gem",
  wants: ({ path }) => SPECIFICATION.test(path),
  read: async (file, _layer, warn) => {
    const facts = await factsOf(file);
    if (typeof facts === "string") {
      warn(`${displayPath(file.path)}: ${facts}`);
      return [];
    }
    return [{ kind: "package", package: facts, ...placesOf(file.path) }];
  },
};

async function factsOf({ content }: LayerFile): Promise<PackageFacts | string> {
  if (content.size > MAX_SIZE) return `it is larger than ${MAX_SIZE} bytes and is not read`;
  const text = (await readHead(content, MAX_SIZE)).toString("utf8");
  const [, name = ""] = NAME_LINE.exec(text) ?? [];
  const [, version = ""] = VERSION_LINE.exec(text) ?? [];
  if (!NAME.test(name) || !VERSION.test(version)) return "it is no specification of a gem: name or version are missing";
  const [, licenses = ""] = LICENSE_LINE.exec(text) ?? [];
  return {
    type: "gem",
    name,
    version,
    architecture: "",
    source: undefined,
    licenses: [...new Set([...licenses.matchAll(QUOTED)].map(([, license = ""]) => license))],
    dependencies: dependenciesOf(text).map((needed) => [needed]),
  };
}

function dependenciesOf(text: string): readonly string[] {
  const repeated = ELSE_LINE.exec(text)?.index ?? text.length;
  const names = new Set<string>();
  for (const [, quoted, plain] of text.slice(0, repeated).matchAll(DEPENDENCY_LINE)) {
    const name = quoted ?? plain ?? "";
    if (NAME.test(name)) names.add(name);
    if (names.size >= MAX_DEPENDENCIES) break;
  }
  return [...names];
}

/** The gem lies beside its specification under the same name, which has the platform too where it is for one. */
function placesOf(path: RootPath): { files: readonly string[]; directories: readonly string[] } {
  const specifications = DEFAULT.test(path) ? parentOf(parentOf(path)) : parentOf(path);
  const home = parentOf(specifications);
  const gem = nameOf(path).slice(0, -ENDING.length);
  const at = (directory: string): string => `${home === "" ? "" : `${home}/`}${directory}/${gem}`;
  return { files: [path, `${at("cache")}.gem`], directories: [at("gems"), at("doc")] };
}
