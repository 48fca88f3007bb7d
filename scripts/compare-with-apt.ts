/*
 * Compares the resolver with apt on Debian's archive of today, and prints a markdown table.
 *
 *   node scripts/compare-with-apt.ts [--suite trixie] [PACKAGE...]
 *
 * apt works in a root of its own, for amd64, with an empty system but for the Essential packages: these count as
 * installed and are stripped of their dependencies, since the resolver ignores Essential packages and brings nothing for them.
 * Both read the same index files, those that apt downloaded and verified. No dependency is skipped. Needs apt-get.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { PackageIndex } from "../src/debian/index/package-index.ts";
import type { BinaryPackage } from "../src/debian/package/package.ts";
import { formatClause } from "../src/debian/package/relation.ts";
import { type Resolution, resolve } from "../src/debian/resolver/resolver.ts";
import { matches } from "../src/debian/resolver/world.ts";
import { Apt } from "../test/support/apt.ts";

const PACKAGES = [
  ...["python3-flask", "gunicorn", "python3-django", "python3-requests", "nodejs", "openjdk-21-jre-headless"],
  ...["redis-server", "nginx-light", "postgresql-client-17", "curl", "ffmpeg", "imagemagick", "ruby", "php8.4-cli"],
  ...["perl", "git", "libreoffice-core-nogui", "r-base-core", "python3-numpy", "python3-cryptography"],
];
const ARCHITECTURE = "amd64";

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
  const apt = await Apt.open(root, values.suite);
  const index = await apt.index();
  console.log("| package | apt | ours | only apt | only ours | reason |\n|---|---|---|---|---|---|");
  for (const name of positionals.length > 0 ? positionals : PACKAGES) {
    const theirs = await apt.plan(name);
    if (theirs === undefined) throw new Error(`apt would not install ${name}`);
    console.log(row(name, index, theirs));
  }
} finally {
  await rm(root, { recursive: true, force: true });
}
