import { MAX_PATH, type RootPath } from "../../../rootfs/path.ts";
import type { LayerView } from "../../cataloger.ts";

/** What of a layer is a distribution's. */
export interface InstalledFiles {
  readonly files: readonly string[];
  readonly directories: readonly string[];
}

const MAX_FILES = 200_000;
const MAX_TOP = 1000;
/** NAME_MAX. */
const MAX_NAME = 255;
/** Of a row, what may hold a path. */
const MAX_ROW = 2 * MAX_PATH + 2;
const MODULE = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,120}$/;

const PYTHONS = Array.from({ length: 15 }, (_, minor) => `cpython-3${minor + 6}`);

/** What Python appends to the name of a compiled module: versions in use, and the two levels of -O. */
const CACHE_TAGS = PYTHONS.flatMap((python) => ["", ".opt-1", ".opt-2"].map((level) => `${python}${level}.pyc`));

/** What stands behind the name of a module that is no directory: in Python, compiled, or a library for one machine. */
const MACHINES = ["x86_64", "aarch64", "i386", "powerpc64le", "s390x", "riscv64"].flatMap((machine) => [
  `${machine}-linux-gnu`,
  `${machine}-linux-musl`,
]);
const MODULE_ENDINGS = [
  ".py",
  ".pyc",
  ".so",
  ".abi3.so",
  ...PYTHONS.flatMap((python) => [...MACHINES, "arm-linux-gnueabihf"].map((machine) => `.${python}-${machine}.so`)),
];

/**
 * The files of a RECORD (bytes as latin1; packaging.python.org, "Recording installed projects"): each row begins with a
 * path, from `site` on or absolute. Compiled modules that it does not list belong to those it does. `complain` is told of rows
 * that lead out of the root.
 */
export function recordedFiles(
  text: string,
  site: string,
  layer: LayerView,
  complain: (problem: string) => void,
): InstalledFiles {
  return withCompiled(resolved(rowsOf(text), site, complain), site, layer);
}

/** The files of an installed-files.txt, that pip writes for setup.py: one a line, from the directory it is in on. */
export function listedFiles(
  text: string,
  directory: string,
  site: string,
  layer: LayerView,
  complain: (problem: string) => void,
): InstalledFiles {
  return withCompiled(resolved(text.split("\n", MAX_FILES + 2), directory, complain), site, layer);
}

/**
 * What belongs to top-level modules (top_level.txt of setuptools) in `site`, where no list of files is kept: a package's directory, or
 * a module and what it was compiled to, and the types of either (PEP 561). Of a namespace that others share, only what has the distribution's own dotted name.
 */
export function topLevelFiles(
  modules: readonly string[],
  namespaces: ReadonlySet<string>,
  distribution: string,
  site: string,
  layer: LayerView,
): InstalledFiles {
  const files: string[] = [];
  const directories: string[] = [];
  for (const module of modules.slice(0, MAX_TOP)) {
    if (!MODULE.test(module)) continue;
    if (namespaces.has(module)) {
      const parts = distribution.split(".");
      if (parts.length > 1 && parts[0] === module && parts.every((part) => MODULE.test(part))) {
        directories.push(below(site, parts.join("/")));
      }
      continue;
    }
    const found = isPackage(module, site, layer) ? [] : moduleFiles(module, site, layer);
    if (found.length === 0) directories.push(below(site, module));
    files.push(...found);
    if (has(layer, below(site, `${module}-stubs/__init__.pyi`))) directories.push(below(site, `${module}-stubs`));
  }
  return { files, directories };
}

/** Modules that are mostly called as a distribution is, of those that are in the layer. */
export function guessedModules(distribution: string, site: string, layer: LayerView): readonly string[] {
  const name = distribution.replaceAll(/[-.]/g, "_");
  const guesses = [...new Set([name, name.toLowerCase()])].filter((guess) => MODULE.test(guess));
  const found = guesses.find((guess) => isPackage(guess, site, layer) || moduleFiles(guess, site, layer).length > 0);
  return found === undefined ? [] : [found];
}

/** Paths of a list, joined to `directory`. */
function resolved(rows: Iterable<string>, directory: string, complain: (problem: string) => void): readonly string[] {
  const files: string[] = [];
  let outside = 0;
  for (const row of rows) {
    if (row.trim() === "") continue;
    const path = joined(directory, row.endsWith("\r") ? row.slice(0, -1) : row);
    if (path === undefined) outside++;
    else files.push(path);
    if (files.length >= MAX_FILES) {
      complain(`more than ${MAX_FILES} files are listed; the others are left out`);
      break;
    }
  }
  if (outside > 0) complain(`${outside} of its lines name no file below the root`);
  return files;
}

/** The first field of each row of comma-separated values. */
function* rowsOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    const row = text.slice(at, Math.min(end, at + MAX_ROW));
    at = end + 1;
    if (row.startsWith('"')) yield (/^"((?:[^"]|"")*)"/.exec(row)?.[1] ?? "").replaceAll('""', '"');
    else yield row.includes(",") ? row.slice(0, row.indexOf(",")) : row;
  }
}

/** Undefined for what leaves the root, is the root, or is no path. */
function joined(directory: string, text: string): string | undefined {
  if (text.includes("\0") || text.length > MAX_PATH) return undefined;
  const parts = text.startsWith("/") || directory === "" ? [] : directory.split("/");
  for (const part of text.split("/")) {
    if (part === "" || part === ".") continue;
    if (part.length > MAX_NAME) return undefined;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  const path = parts.join("/");
  return path === "" || path.length > MAX_PATH ? undefined : path;
}

/** Adds what Python writes beside modules when they are imported, where the list has none of it. */
function withCompiled(files: readonly string[], site: string, layer: LayerView): InstalledFiles {
  const prefix = below(site, "");
  const sources = new Set<string>();
  const listed = new Set<string>();
  const compiled: string[] = [];
  for (const file of files) {
    const slash = file.lastIndexOf("/");
    if (file.endsWith(".pyc")) listed.add(file.slice(0, Math.max(0, slash)));
    if (!file.endsWith(".py") || !file.startsWith(prefix)) continue;
    if (slash >= prefix.length) sources.add(file.slice(0, slash));
    else compiled.push(...compiledModule(file.slice(prefix.length, -3), site, layer));
  }
  const known = new Set(files);
  return {
    files: [...known, ...compiled.filter((file) => !known.has(file))],
    directories: [...sources].map((directory) => `${directory}/__pycache__`).filter((cache) => !listed.has(cache)),
  };
}

function isPackage(module: string, site: string, layer: LayerView): boolean {
  return has(layer, below(site, `${module}/__init__.py`)) || has(layer, below(site, `${module}/__init__.pyc`));
}

function moduleFiles(module: string, site: string, layer: LayerView): readonly string[] {
  const own = MODULE_ENDINGS.map((ending) => below(site, `${module}${ending}`));
  const found = own.filter((path) => has(layer, path));
  return found.length === 0 ? [] : [...found, ...compiledModule(module, site, layer)];
}

function compiledModule(module: string, site: string, layer: LayerView): readonly string[] {
  return CACHE_TAGS.map((tag) => below(site, `__pycache__/${module}.${tag}`)).filter((path) => has(layer, path));
}

function has(layer: LayerView, path: string): boolean {
  return layer.file(path as RootPath) !== undefined;
}

function below(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}
