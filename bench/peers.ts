import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { debianSources } from "../src/debian/archive/sources.ts";

const run = promisify(execFile);

/** Where Debian's own package puts the keys; those of trixie are in it from debian-archive-keyring 2025.1 on. */
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const HAS_TRIXIE = "/usr/share/keyrings/debian-archive-trixie-stable.gpg";

/** A package as distill reports it. */
export interface ReportedPackage {
  readonly name: string;
  readonly version: string;
}

/** The option of a sources.list line that says which keys are trusted. */
export const TRUST = existsSync(HAS_TRIXIE) ? `signed-by=${KEYRING}` : "trusted=yes";

/** mmdebstrap over the network: extracts exactly these packages and packs them with gzip. */
export async function mmdebstrap(
  suite: string,
  packages: readonly ReportedPackage[],
  output: string,
): Promise<readonly [string, ...string[]]> {
  const include = packages.map(({ name, version }) => `${name}=${version}`).join(",");
  const sources = (await debianSources({ suite })).map(
    (source) => `'deb [${TRUST}] ${source.uri} ${source.suite} ${source.component}'`,
  );
  const options = ["--quiet", "--variant=extract", "--mode=root", "--architectures=amd64", `--include='${include}'`];
  return shell(`mmdebstrap ${options.join(" ")} ${suite} - ${sources.join(" ")} | gzip -6 > '${output}'`);
}

/** What is left of composing without index, resolver and metadata: unpack, pack, and the digests that an image needs. */
export function plainPipeline(debs: readonly string[], directory: string): readonly [string, ...string[]] {
  const unpack = debs.map((deb) => `dpkg-deb -x '${deb}' root`).join(" && ");
  const pack = "tar -C root -cf layer.tar . && sha256sum layer.tar && gzip -6 < layer.tar > layer.tar.gz";
  const tidy = "rm -rf root layer.tar layer.tar.gz";
  return shell(`cd '${directory}' && ${tidy} && mkdir root && ${unpack} && ${pack} && sha256sum layer.tar.gz`);
}

/** The cached .debs of these packages. */
export async function cachedDebs(cache: string, packages: readonly ReportedPackage[]): Promise<readonly string[]> {
  const wanted = new Set(packages.map(({ name, version }) => `${name}\t${version}`));
  const found: string[] = [];
  for (const file of await readdir(cache)) {
    const deb = join(cache, file);
    const { stdout } = await run("dpkg-deb", ["--show", deb]);
    if (wanted.has(stdout.trim())) found.push(deb);
  }
  if (found.length !== wanted.size) throw new Error(`${found.length} of ${wanted.size} packages are in the cache`);
  return found;
}

function shell(script: string): readonly [string, ...string[]] {
  return ["sh", "-ec", script];
}
