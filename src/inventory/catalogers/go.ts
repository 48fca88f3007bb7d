import type { Cataloger, LayerFile } from "../cataloger.ts";
import type { PackageClaim } from "../claim.ts";
import { layoutOf, mayBeCompiled, tellerOf, unlessBroken } from "./compiled.ts";
import { readBuildInfo } from "./go/build-info.ts";
import { DEVEL, readModules } from "./go/modules.ts";

/**
 * The modules of Go programs and libraries, as `go version -m` lists them, and the standard library under the name `stdlib`
 * with the version of Go without the `go` in front: what the Go vulnerability database calls them. The main module needs all
 * others: which of them needs which is not recorded.
 */
export const goCataloger: Cataloger = {
  name: "go",
  wants: mayBeCompiled,
  async read(file, _layer, warn) {
    const tell = tellerOf(file, warn);
    const layout = await unlessBroken(() => layoutOf(file));
    if (layout === undefined) return [];
    const info = await unlessBroken(() => readBuildInfo(file.content, layout), tell);
    if (info === undefined) return [];
    const { main, dependencies } = readModules(info.modules, tell);
    const all = [...dependencies, { path: "stdlib", version: standardLibrary(info.goVersion) }];
    const claims = all.map(({ path, version }) => claimOf(file, path, version, []));
    const needed = all.map(({ path }) => path);
    return main === undefined ? claims : [claimOf(file, main.path, main.version, needed), ...claims];
  },
};

/** `1.22.3` of `go1.22.3 X:boringcrypto`; what was built from a checkout of Go's has no version. */
function standardLibrary(goVersion: string): string {
  return /^go(\d[!-~]{0,100})/.exec(goVersion)?.[1] ?? DEVEL;
}

function claimOf(file: LayerFile, name: string, version: string, needed: readonly string[]): PackageClaim {
  const dependencies = [...new Set(needed)].map((each) => [each]);
  return {
    kind: "package",
    package: { type: "golang", name, version, architecture: "", source: undefined, licenses: [], dependencies },
    files: [file.path],
    directories: [],
  };
}
