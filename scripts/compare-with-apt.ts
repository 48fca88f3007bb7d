/*
 * Compares the resolver with apt on Debian's archive of today, and prints a markdown table.
 *
 *   node scripts/compare-with-apt.ts [--suite trixie] [PACKAGE...]
 *
 * apt works in a root of its own, for amd64, with an empty system but for the Essential packages: these count as
 * installed and are stripped of their dependencies, since the resolver ignores Essential packages and brings nothing for them.
 * Both read the same index files, those that apt downloaded and verified. No dependency is skipped. Needs apt-get.
 */
import { execFileSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildIndex, openIndex } from "../src/debian/index/index-file.ts";
import { PackageIndex } from "../src/debian/index/package-index.ts";
import type { BinaryPackage } from "../src/debian/package/package.ts";
import { formatClause, formatRelation } from "../src/debian/package/relation.ts";
import { type Resolution, resolve } from "../src/debian/resolver/resolver.ts";
import { matches } from "../src/debian/resolver/world.ts";

const PACKAGES = [
  ...["python3-flask", "gunicorn", "python3-django", "python3-requests", "nodejs", "openjdk-21-jre-headless"],
  ...["redis-server", "nginx-light", "postgresql-client-17", "curl", "ffmpeg", "imagemagick", "ruby", "php8.4-cli"],
  ...["perl", "git", "libreoffice-core-nogui", "r-base-core", "python3-numpy", "python3-cryptography"],
];
const ARCHITECTURE = "amd64";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Environment for apt-get in a root of its own with the suite's lists downloaded. */
async function prepareApt(root: string, suite: string): Promise<NodeJS.ProcessEnv> {
  for (const directory of [
    ...["etc/apt/sources.list.d", "etc/apt/preferences.d", "etc/apt/apt.conf.d", "etc/apt/trusted.gpg.d"],
    ...["var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "var/lib/dpkg", "var/log/apt"],
  ]) {
    await mkdir(join(root, directory), { recursive: true });
  }
  const archives = [
    ["http://deb.debian.org/debian", suite],
    ["http://deb.debian.org/debian", `${suite}-updates`],
    ["http://deb.debian.org/debian-security", `${suite}-security`],
  ];
  await writeFile(
    join(root, "etc/apt/sources.list"),
    archives.map(([uri, name]) => `deb [arch=amd64 signed-by=${KEYRING}] ${uri} ${name} main\n`).join(""),
  );
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
  return environment;
}

/** The index of the lists that apt downloaded: the suite itself first, security last. */
async function readLists(root: string): Promise<PackageIndex> {
  const directory = join(root, "var/lib/apt/lists");
  const rank = (name: string): number => (name.includes("-security") ? 2 : name.includes("-updates") ? 1 : 0);
  const lists = (await readdir(directory)).filter((name) => name.endsWith("_Packages"));
  const files = [];
  for (const name of lists.sort((a, b) => rank(a) - rank(b))) {
    files.push(openIndex(await buildIndex(createReadStream(join(directory, name)))));
  }
  return new PackageIndex(files);
}

/** A dpkg status in which every Essential package is installed, without dependencies. */
function essentialStatus(index: PackageIndex): string {
  const essential = [...index.names()].flatMap((name) => index.versions(name).slice(0, 1)).filter((p) => p.essential);
  return essential
    .map((each) => {
      const provides = each.provides.map(({ name, version }) =>
        formatRelation({ name, qualifier: "", constraint: version ? { operator: "=", version } : undefined }),
      );
      return [
        `Package: ${each.name}`,
        "Essential: yes",
        "Status: install ok installed",
        `Architecture: ${each.architecture}`,
        ...(each.multiArch === "" ? [] : [`Multi-Arch: ${each.multiArch}`]),
        `Version: ${each.version}`,
        ...(provides.length === 0 ? [] : [`Provides: ${provides.join(", ")}`]),
        "Maintainer: nobody <nobody@localhost>",
        "Description: present\n\n",
      ].join("\n");
    })
    .join("");
}

/** Names and versions that apt would install. */
function askApt(environment: NodeJS.ProcessEnv, name: string): ReadonlyMap<string, string> {
  const output = execFileSync("apt-get", ["-s", "-qq", "--no-install-recommends", "install", name], {
    env: environment,
    encoding: "utf8",
  });
  return new Map([...output.matchAll(/^Inst (\S+) (?:\[\S+\] )?\((\S+)/gm)].map(([, each = "", v = ""]) => [each, v]));
}

/** The clauses of the given packages that the package is a part of. */
function clausesNaming(target: BinaryPackage, among: readonly BinaryPackage[]): string {
  const names = new Set([target.name, ...target.provides.map((provided) => provided.name)]);
  const found = among.flatMap((from) =>
    [...from.preDepends, ...from.depends]
      .filter((clause) => clause.some((relation) => names.has(relation.name)))
      .map((clause) => `${from.name}: ${formatClause(clause)}`),
  );
  return found.slice(0, 2).join("; ");
}

function reasonFor(name: string, index: PackageIndex, ours: Resolution, apt: ReadonlyMap<string, string>): string {
  const target = index.versions(name)[0];
  if (target === undefined) return `${name} is not in the index`;
  const chosen = ours.packages.map((each) => each.package);
  const theirs = [...apt.keys()].flatMap((each) => index.versions(each).slice(0, 1));
  const instead = chosen.flatMap((from) =>
    [...from.preDepends, ...from.depends]
      .filter((clause) => clause.some((relation) => relation.name === name))
      .flatMap((clause) => chosen.filter((each) => clause.some((relation) => matches(each, relation, ARCHITECTURE)))),
  );
  return [
    `${name} <- ${clausesNaming(target, apt.has(name) ? theirs : chosen) || "nothing names it"}`,
    ...(apt.has(name) && instead.length > 0 ? [`(ours: ${instead[0]?.name} is there anyway)`] : []),
  ].join(" ");
}

function row(name: string, index: PackageIndex, apt: ReadonlyMap<string, string>): string {
  const ours = resolve(index, {
    roots: [{ name }],
    installed: new Map(),
    skip: () => undefined,
    architecture: ARCHITECTURE,
  });
  const versions = new Map(ours.packages.map((each) => [each.package.name, each.package.version]));
  const onlyApt = [...apt.keys()].filter((each) => !versions.has(each));
  const onlyOurs = [...versions.keys()].filter((each) => !apt.has(each));
  const otherVersion = [...versions].filter(([each, version]) => (apt.get(each) ?? version) !== version);
  const reasons = [
    ...[...onlyApt, ...onlyOurs].map((each) => reasonFor(each, index, ours, apt)),
    ...otherVersion.map(([each, version]) => `${each}: apt ${apt.get(each)}, ours ${version}`),
  ];
  const cells = [name, apt.size, versions.size, onlyApt.join(" "), onlyOurs.join(" "), reasons.join("<br>")];
  return `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`;
}

const { values, positionals } = parseArgs({ options: { suite: { type: "string" } }, allowPositionals: true });
const root = await mkdtemp(join(tmpdir(), "distill-apt-"));
try {
  const environment = await prepareApt(root, values.suite ?? "trixie");
  const index = await readLists(root);
  await writeFile(join(root, "var/lib/dpkg/status"), essentialStatus(index));
  console.log("| package | apt | ours | only apt | only ours | reason |\n|---|---|---|---|---|---|");
  for (const name of positionals.length > 0 ? positionals : PACKAGES) {
    console.log(row(name, index, askApt(environment, name)));
  }
} finally {
  await rm(root, { recursive: true, force: true });
}
