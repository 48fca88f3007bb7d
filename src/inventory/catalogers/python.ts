import { childOf, displayPath, nameOf, parentOf, type RootPath } from "../../rootfs/path.ts";
import type { Cataloger, LayerFile, LayerView } from "../cataloger.ts";
import type { PackageClaim } from "../claim.ts";
import type { Warn } from "../warn.ts";
import {
  guessedModules,
  type InstalledFiles,
  listedFiles,
  recordedFiles,
  topLevelFiles,
} from "./python/installed-files.ts";
import { needsOf, type PythonMetadata, pythonMetadata, requirementsOf } from "./python/metadata.ts";
import { readHead } from "./read-head.ts";

/** Headers come first in metadata; what follows them is the project's README. */
const MAX_METADATA = 1024 * 1024;
const MAX_LIST = 32 * 1024 * 1024;
const MAX_SMALL = 256 * 1024;

const METADATA = /(?:\.dist-info\/METADATA|\.egg-info\/PKG-INFO|\.egg\/EGG-INFO\/PKG-INFO|[^/]\.egg-info)$/;

/**
 * Distributions that pip, setuptools and their like installed (packaging.python.org, "Recording installed projects"; setuptools,
 * "The internal structure of Python eggs"), wherever they lie. Files are those of RECORD or installed-files.txt; Debian leaves
 * these out of some packages, and then what top_level.txt names is the distribution's.
 */
export const pythonCataloger: Cataloger = {
  name: "python",
  wants: ({ path }) => METADATA.test(path),
  read: async (file, layer, warn) => {
    const complain = (problem: string): void => warn(`${displayPath(file.path)}: ${problem}`);
    const metadata = pythonMetadata((await readHead(file.content, MAX_METADATA)).toString("utf8"));
    if (metadata === undefined) {
      complain("it is no metadata of Python's: name or version are missing");
      return [];
    }
    if (isInterpreter(file.path, metadata)) return [];
    return [await claimOf(file, metadata, layer, complain, warn)];
  },
};

/** Python 2 describes itself as if it were a distribution of PyPI, which has none of that name. */
function isInterpreter(path: RootPath, { name }: PythonMetadata): boolean {
  return name === "Python" && nameOf(parentOf(path)) === "lib-dynload";
}

async function claimOf(
  file: LayerFile,
  metadata: PythonMetadata,
  layer: LayerView,
  complain: (problem: string) => void,
  warn: Warn,
): Promise<PackageClaim> {
  const { name, version, licenses } = metadata;
  const needs = metadata.needs.length > 0 ? metadata.needs : await requiredBeside(file.path, layer);
  const { files, directories } = await filesOf(file.path, name, layer, complain, warn);
  return {
    kind: "package",
    package: {
      type: "pypi",
      name,
      version,
      architecture: "",
      source: undefined,
      licenses,
      dependencies: needs.filter((needed) => needed !== name).map((needed) => [needed]),
    },
    files,
    directories,
  };
}

async function requiredBeside(path: RootPath, layer: LayerView): Promise<readonly string[]> {
  if (nameOf(path) !== "PKG-INFO") return [];
  return needsOf(requirementsOf(await textOf(layer, childOf(parentOf(path), "requires.txt"))));
}

async function filesOf(
  path: RootPath,
  name: string,
  layer: LayerView,
  complain: (problem: string) => void,
  warn: Warn,
): Promise<InstalledFiles> {
  const directory = parentOf(path);
  if (path.endsWith(".egg-info")) return plus(guessed(name, directory, layer), [path], []);
  if (nameOf(directory) === "EGG-INFO") return { files: [], directories: [parentOf(directory)] };
  const site = parentOf(directory);
  const isWheel = nameOf(path) === "METADATA";
  const list = layer.file(childOf(directory, isWheel ? "RECORD" : "installed-files.txt"));
  if (list === undefined) return plus(await namedModules(directory, name, site, layer), [], [directory]);
  const told = (problem: string): void => warn(`${displayPath(list.path)}: ${problem}`);
  if (list.content.size > MAX_LIST) {
    told(`it is larger than ${MAX_LIST} bytes and is not read`);
    return plus(await namedModules(directory, name, site, layer), [], [directory]);
  }
  const text = (await readHead(list.content, MAX_LIST)).toString("latin1");
  const found = isWheel ? recordedFiles(text, site, layer, told) : listedFiles(text, directory, site, layer, told);
  if (found.files.length === 0) complain("the list of its files is empty");
  return plus(found, [], [directory]);
}

async function namedModules(
  directory: RootPath,
  name: string,
  site: RootPath,
  layer: LayerView,
): Promise<InstalledFiles> {
  const modules = linesOf(await textOf(layer, childOf(directory, "top_level.txt")));
  if (modules.length === 0) return guessed(name, site, layer);
  const namespaces = new Set(linesOf(await textOf(layer, childOf(directory, "namespace_packages.txt"))));
  return topLevelFiles(modules, namespaces, name, site, layer);
}

function guessed(name: string, site: RootPath, layer: LayerView): InstalledFiles {
  return topLevelFiles(guessedModules(name, site, layer), new Set(), name, site, layer);
}

function plus(found: InstalledFiles, files: readonly string[], directories: readonly string[]): InstalledFiles {
  return { files: [...files, ...found.files], directories: [...directories, ...found.directories] };
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => line.trim() || []);
}

async function textOf(layer: LayerView, path: RootPath): Promise<string> {
  const file = layer.file(path);
  return file === undefined ? "" : (await readHead(file.content, MAX_SMALL)).toString("latin1");
}
