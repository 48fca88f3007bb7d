import { childOf, displayPath, nameOf, parentOf, type RootPath } from "../../../rootfs/path.ts";
import type { LayerFile, LayerView } from "../../cataloger.ts";
import type { Claim } from "../../claim.ts";
import type { Warn } from "../../warn.ts";
import { readHead } from "../read-head.ts";
import { genericClaim } from "./generic-claim.ts";

const MAX_SIZE = 64 * 1024;
const VERSION = /^JAVA_VERSION="([^"\n]{0,64})"/m;
const IMPLEMENTOR = /^IMPLEMENTOR="([^"\n]{0,128})"/m;
const PLAUSIBLE = /^\d[\w.+-]{0,63}$/;

/** What only a Java runtime has beside such a file. */
const RUNTIME = ["bin/java", "lib/modules", "lib/rt.jar", "jre/lib/rt.jar"];

export function isReleaseFile({ path, content }: LayerFile): boolean {
  return nameOf(path) === "release" && content.size <= MAX_SIZE;
}

/**
 * The Java runtime whose `release` file this is (JEP 223). All of its directory is its own; only the file where no runtime
 * lies beside it in the layer. Oracle's is called jdk, all other OpenJDK.
 */
export async function javaRelease(file: LayerFile, layer: LayerView, warn: Warn): Promise<readonly Claim[]> {
  const text = (await readHead(file.content, MAX_SIZE)).toString("utf8");
  const [, version] = VERSION.exec(text) ?? [];
  if (version === undefined) return [];
  if (!PLAUSIBLE.test(version)) {
    warn(`${displayPath(file.path)}: its JAVA_VERSION is no version`);
    return [];
  }
  const [, implementor = ""] = IMPLEMENTOR.exec(text) ?? [];
  const name = implementor.startsWith("Oracle") ? "jdk" : "openjdk";
  const home = parentOf(file.path);
  const isHome = home !== "" && RUNTIME.some((path) => layer.file(childOf(home, path) as RootPath) !== undefined);
  return [genericClaim(name, version, isHome ? { directories: [home] } : { files: [file.path] })];
}
