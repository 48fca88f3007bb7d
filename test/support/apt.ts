import { execFileSync } from "node:child_process";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { debianSources } from "../../src/debian/archive/sources.ts";
import { buildIndex, openIndex } from "../../src/debian/index/index-file.ts";
import { PackageIndex } from "../../src/debian/index/package-index.ts";
import type { BinaryPackage } from "../../src/debian/package/package.ts";
import { formatRelation } from "../../src/debian/package/relation.ts";
import { type Ran, runProgram } from "./engine.ts";

/** Where Debian's own package puts the keys; those of trixie are in it from debian-archive-keyring 2025.1 on. */
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const HAS_TRIXIE = "/usr/share/keyrings/debian-archive-trixie-stable.gpg";
const TRUST = existsSync(HAS_TRIXIE) ? `signed-by=${KEYRING}` : "trusted=yes";

/**
 * apt in a root of its own, for amd64, in which only Essential packages are installed: these are stripped of their
 * dependencies, since composing brings nothing for them. What it says of a package is the oracle for the resolver.
 */
export class Apt {
  readonly #root: string;
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(root: string, environment: NodeJS.ProcessEnv) {
    this.#root = root;
    this.#environment = environment;
  }

  /** Downloads the lists of a suite, its updates and its security updates below `root`. */
  static async open(root: string, suite = "trixie"): Promise<Apt> {
    for (const directory of [
      ...["etc/apt/sources.list.d", "etc/apt/preferences.d", "etc/apt/apt.conf.d", "etc/apt/trusted.gpg.d"],
      ...["var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "var/lib/dpkg", "var/log/apt"],
    ]) {
      await mkdir(join(root, directory), { recursive: true });
    }
    const sources = (await debianSources({ suite })).map(
      (source) => `deb [arch=amd64 ${TRUST}] ${source.uri} ${source.suite} ${source.component}\n`,
    );
    await writeFile(join(root, "etc/apt/sources.list"), sources.join(""));
    await writeFile(join(root, "var/lib/dpkg/status"), "");
    const configuration = join(root, "apt.conf");
    await writeFile(
      configuration,
      [
        `Dir "${root}";`,
        `Dir::State::status "${root}/var/lib/dpkg/status";`,
        `APT::Architecture "amd64"; APT::Architectures { "amd64"; };`,
        `APT::Install-Recommends "false"; APT::Sandbox::User "root";`,
        `APT::Get::Upgrade-By-Source-Package "false"; Acquire::GzipIndexes "false"; Acquire::Languages "none";`,
      ].join("\n"),
    );
    const environment = { ...process.env, APT_CONFIG: configuration, LC_ALL: "C" };
    execFileSync("apt-get", ["update", "-qq"], { env: environment, stdio: ["ignore", "ignore", "inherit"] });
    const apt = new Apt(root, environment);
    await writeFile(join(root, "var/lib/dpkg/status"), essentialStatus(await apt.index()));
    return apt;
  }

  /** The lists that apt downloaded and verified, as an index: the suite itself first, security last. */
  async index(): Promise<PackageIndex> {
    const directory = join(this.#root, "var/lib/apt/lists");
    const rank = (name: string): number => (name.includes("-security") ? 2 : name.includes("-updates") ? 1 : 0);
    const lists = (await readdir(directory)).filter((name) => name.endsWith("_Packages"));
    const files = [];
    for (const name of lists.sort((a, b) => rank(a) - rank(b))) {
      files.push(openIndex(await buildIndex(createReadStream(join(directory, name)))));
    }
    return new PackageIndex(files);
  }

  /** What `apt-get -s install` prints for these packages. */
  simulate(...names: readonly string[]): Promise<Ran> {
    const args = ["-s", "-qq", "--no-install-recommends", "install", ...names];
    return runProgram("apt-get", args, { env: this.#environment });
  }

  /** Names and versions that apt would install; undefined where it would not, or would remove something for it. */
  async plan(...names: readonly string[]): Promise<ReadonlyMap<string, string> | undefined> {
    const { status, stdout } = await this.simulate(...names);
    if (status !== 0 || /^Remv /m.test(stdout)) return undefined;
    return new Map(
      [...stdout.matchAll(/^Inst (\S+) (?:\[\S+\] )?\((\S+)/gm)].map(([, name = "", v = ""]) => [name, v]),
    );
  }
}

/** A dpkg status in which every Essential package is installed, without dependencies. */
function essentialStatus(index: PackageIndex): string {
  const newest = [...index.names()].flatMap((name) => index.versions(name).slice(0, 1));
  return newest
    .filter(({ essential }) => essential)
    .map(statusStanza)
    .join("");
}

function statusStanza(of: BinaryPackage): string {
  const provides = of.provides.map(({ name, version }) =>
    formatRelation({ name, qualifier: "", constraint: version ? { operator: "=", version } : undefined }),
  );
  return [
    `Package: ${of.name}`,
    "Essential: yes",
    "Status: install ok installed",
    `Architecture: ${of.architecture}`,
    ...(of.multiArch === "" ? [] : [`Multi-Arch: ${of.multiArch}`]),
    `Version: ${of.version}`,
    ...(provides.length === 0 ? [] : [`Provides: ${provides.join(", ")}`]),
    "Maintainer: nobody <nobody@localhost>",
    "Description: present\n\n",
  ].join("\n");
}
