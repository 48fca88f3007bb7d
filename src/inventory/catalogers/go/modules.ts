/** A module that is linked into a program. */
export interface GoModule {
  /** `golang.org/x/net` */
  readonly path: string;
  /** As Go writes it, `v1.2.3`; `(devel)` where the source came from a directory. */
  readonly version: string;
}

export interface GoModules {
  /** What the program is built from; undefined where it was built without modules. */
  readonly main: GoModule | undefined;
  readonly dependencies: readonly GoModule[];
}

const MAX_MODULES = 20_000;
const DIRECTORY = /^(\.{0,2}\/|\.{1,2}$)/;
const PATH = /^[!-~]{1,1024}$/;
const VERSION = /^[!-~]{1,255}$/;
export const DEVEL = "(devel)";

/**
 * Reads the text of runtime/debug.BuildInfo: lines of fields between tabs, of which `mod` and `dep` name a module and
 * `=>` what took the place of the one before it. A module that a directory took the place of keeps its name, and is
 * `(devel)`: its code is not that of the version it was asked for in. `tell` hears of lines that are damaged, once.
 */
export function readModules(text: string, tell: (problem: string) => void): GoModules {
  let main: GoModule | undefined;
  const dependencies: GoModule[] = [];
  let problem: string | undefined;
  for (const line of text.split("\n")) {
    const [word, path = "", version = ""] = line.split("\t");
    if (word !== "mod" && word !== "dep" && word !== "=>") continue;
    // Go 1.12 wrote an empty one for what it did not know.
    if (word === "dep" && path === "") continue;
    const module: GoModule = { path, version: version === "" ? DEVEL : version };
    const last = dependencies.at(-1);
    if (!PATH.test(path) || !VERSION.test(module.version)) {
      problem ??= "its Go build information names a module that is none";
    } else if (word === "mod") {
      main ??= module;
    } else if (word === "dep") {
      if (dependencies.length >= MAX_MODULES) problem ??= `it is said to hold more than ${MAX_MODULES} Go modules`;
      else dependencies.push(module);
    } else if (last !== undefined) {
      dependencies[dependencies.length - 1] = DIRECTORY.test(path) ? { path: last.path, version: DEVEL } : module;
    }
  }
  if (problem !== undefined) tell(problem);
  return { main, dependencies };
}
