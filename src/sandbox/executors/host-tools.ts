import { spawnSync } from "node:child_process";
import { readdirSync, realpathSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { DistillError } from "../../lib/errors.ts";
import { required } from "../namespace/enter.ts";

/**
 * How programs of this machine are started from a shell whose current directory is `directory`, when the root directory is
 * another one already: by its dynamic loader, with all paths relative.
 */
export interface HostTools {
  readonly directory: string;
  /** The words that a program is started with. */
  start(program: string): readonly string[];
}

const DIRECTORY = "/usr";

let known: HostTools | undefined;

/** ENVIRONMENT where this machine keeps programs or libraries outside /usr. */
export function hostTools(programs: readonly string[]): HostTools {
  known ??= findTools(programs);
  return known;
}

function findTools(programs: readonly string[]): HostTools {
  const paths = new Map(programs.map((name) => [name, realpathSync(required(name))]));
  const loader = findLoader();
  const libraries = new Set([...paths.values()].flatMap((path) => librariesOf(loader, path)));
  const prefix = [inside(loader), "--library-path", [...libraries].map((path) => inside(path)).join(":")];
  return {
    directory: DIRECTORY,
    start: (program) => [...prefix, inside(paths.get(program) ?? required(program))],
  };
}

/** Directories of the libraries that the loader finds for a program. */
function librariesOf(loader: string, program: string): readonly string[] {
  const { stdout, status } = spawnSync(loader, ["--list", program], { encoding: "utf8" });
  if (status !== 0) throw elsewhere(program);
  const found = [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x[0-9a-f]+\)/g)].map(([, path = ""]) =>
    dirname(realpathSync(path)),
  );
  return [...new Set(found)];
}

/** The loader of this machine's C library, by the names that the ABIs give it. */
function findLoader(): string {
  for (const directory of ["/lib64", "/lib"]) {
    const name = namesIn(directory).find((each) => /^ld-linux.*\.so\.\d+$/.test(each));
    if (name !== undefined) return realpathSync(join(directory, name));
  }
  throw elsewhere("the dynamic loader");
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function inside(path: string): string {
  const name = relative(DIRECTORY, path);
  if (name.startsWith("..")) throw elsewhere(path);
  return name;
}

function elsewhere(what: string): DistillError {
  return new DistillError(
    "ENVIRONMENT",
    `programs cannot be run with what this machine has: ${what} is not where it is expected`,
    {
      hint: "apt install runc",
    },
  );
}
