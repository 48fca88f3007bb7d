import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ignoredDependency } from "../../src/compose/choice/ignored-dependencies.ts";
import { sliceOf } from "../../src/compose/packages/slices.ts";
import type { PackageRecord } from "../../src/compose/record.ts";
import { openArchives } from "../../src/debian/archive/archive.ts";
import { debianSources } from "../../src/debian/archive/sources.ts";
import type { PackageIndex } from "../../src/debian/index/package-index.ts";
import type { BinaryPackage } from "../../src/debian/package/package.ts";
import { resolve } from "../../src/debian/resolver/resolver.ts";
import type { Digest } from "../../src/lib/digest.ts";
import { isDistillError } from "../../src/lib/errors.ts";
import type { RootPath } from "../../src/rootfs/path.ts";
import { Store } from "../../src/store/store.ts";
import { Apt } from "./apt.ts";
import { type CliRun, distill, mustDistill } from "./cli.ts";
import { DebFiles } from "./deb-files.ts";
import { LayeredTree } from "./layered-tree.ts";
import { danglingLinks, elfFindings, layerProblems } from "./soundness.ts";

const X86_64 = { machine: 62, tuple: "x86_64-linux-gnu" };

/** Bytes of .debs above which a package with its dependencies is passed over: it would tell nothing that others do not. */
const MUCH = 400_000_000;

/** What became of one package on base. */
export interface Verdict {
  readonly name: string;
  readonly outcome: "sound" | "refused" | "unsound" | "too large";
  /** Error code and message of a refusal. */
  readonly code?: string;
  readonly message?: string;
  readonly problems: readonly string[];
}

interface Report {
  readonly layers: readonly { readonly diffID: Digest }[];
  readonly packages: readonly PackageRecord[];
  readonly dropped: readonly { readonly name: string }[];
}

/**
 * Composes packages of Debian's onto base, each with its dependencies and in an image of its own, and looks at what comes
 * out: a sound root file system, or a refusal whose reason is true. Which packages depends on the seed only, and little on
 * the archive's changes: their names are ordered by a hash. What was found is kept in a file, so that a soak that was
 * stopped goes on where it was.
 */
export class PackageSoak {
  readonly verdicts: Verdict[];
  readonly #directory: string;
  readonly #seed: number;
  readonly #much: number;
  readonly #files: DebFiles;
  #index: PackageIndex | undefined;
  #apt: Promise<Apt> | undefined;

  /** Goes on with what `directory` holds for this seed, else begins there; `much`: bytes of .debs that are too many. */
  constructor(directory: string, seed: number, much = MUCH) {
    this.#much = much;
    this.#directory = directory;
    this.#seed = seed;
    mkdirSync(directory, { recursive: true });
    this.#files = new DebFiles(this.#home);
    this.verdicts = existsSync(this.#stateFile) ? (JSON.parse(readFileSync(this.#stateFile, "utf8")) as Verdict[]) : [];
  }

  /** Composes until `count` packages have a verdict; `tell` is called with each new one. */
  async run(count: number, tell: (verdict: Verdict) => void = () => {}): Promise<void> {
    const index = await this.#openIndex();
    const done = new Set(this.verdicts.map(({ name }) => name));
    for (const name of this.#shuffled(index)) {
      if (this.verdicts.filter(({ outcome }) => outcome !== "too large").length >= count) return;
      if (done.has(name)) continue;
      const verdict = await this.judge(name);
      this.verdicts.push(verdict);
      writeFileSync(this.#stateFile, `${JSON.stringify(this.verdicts, null, 2)}\n`);
      tell(verdict);
    }
  }

  /** Composes one package and judges the outcome. */
  async judge(name: string): Promise<Verdict> {
    const index = await this.#openIndex();
    if (downloadSize(index, name) > this.#much) return { name, outcome: "too large", problems: [] };
    const run = await this.#compose("base", name);
    if (run.status === 0) {
      const problems = await this.#problemsOf(JSON.parse(run.stdout) as Report, run, index);
      await mustDistill(["prune"], { env: this.#environment });
      return { name, outcome: problems.length === 0 ? "sound" : "unsound", problems };
    }
    const { code, message } = failureOf(run);
    const problems = await this.#problemsOfRefusal(name, code, message, index);
    return { name, outcome: problems.length === 0 ? "refused" : "unsound", code, message, problems };
  }

  /** What was found, as a table of reasons and a line for each package that is not sound. */
  describe(): string {
    const of = (outcome: Verdict["outcome"]) => this.verdicts.filter((each) => each.outcome === outcome);
    const lines = this.verdicts
      .filter(({ outcome }) => outcome === "refused" || outcome === "unsound")
      .map(({ name, outcome, code, message, problems }) =>
        [`${outcome} ${name}`, code ?? "", message?.replaceAll("\n", " ") ?? "", ...problems].join(" | "),
      );
    const figures = (["sound", "refused", "unsound", "too large"] as const).map((each) => `${each} ${of(each).length}`);
    return [...lines, `packages ${this.verdicts.length}: ${figures.join(", ")}; seed ${this.#seed}`].join("\n");
  }

  get #stateFile(): string {
    return join(this.#directory, `packages-${this.#seed}.json`);
  }

  get #home(): string {
    return join(this.#directory, "home");
  }

  get #environment(): Record<string, string> {
    const wanted = /^DISTILL_DEBIAN_|_proxy$/i;
    const inherited = Object.entries(process.env).filter(([name]) => wanted.test(name)) as [string, string][];
    return { ...Object.fromEntries(inherited), DISTILL_HOME: this.#home };
  }

  #compose(base: string, ...packages: readonly string[]): Promise<CliRun> {
    // The base has a name, so that prune leaves its layers.
    const tag = packages.length === 0 ? ["-t", "soak:base"] : [];
    const args = ["compose", base, ...packages.flatMap((each) => ["-p", each]), ...tag, "--format", "json"];
    return distill(args, { env: this.#environment });
  }

  async #openIndex(): Promise<PackageIndex> {
    if (this.#index !== undefined) return this.#index;
    // What composing fetches is what its results are judged by.
    await this.#compose("base");
    const cacheDirectory = join(this.#home, "cache");
    const sources = await debianSources();
    const archives = await openArchives({ sources, architecture: "amd64", cacheDirectory, offline: true });
    this.#index = await archives.index();
    return this.#index;
  }

  #shuffled(index: PackageIndex): readonly string[] {
    const rank = (name: string): string => createHash("sha256").update(`${this.#seed} ${name}`).digest("hex");
    const names = [...index.names()].filter((name) => index.versions(name).some(isForAmd64));
    return names
      .map((name) => ({ name, rank: rank(name) }))
      .sort((a, b) => (a.rank < b.rank ? -1 : 1))
      .map(({ name }) => name);
  }

  async #problemsOf(report: Report, run: CliRun, index: PackageIndex): Promise<readonly string[]> {
    await using store = Store.open(join(this.#home, "store"));
    const diffIDs = report.layers.map(({ diffID }) => diffID);
    await using image = await LayeredTree.of(store, diffIDs);
    const { tree } = image;
    const { machine, tuple } = X86_64;
    const elf = await elfFindings(tree, machine, tuple);
    const files = this.#files;
    const resolved = [...report.packages, ...report.dropped].flatMap(({ name }) =>
      index.versions(name).filter((each) => isForAmd64(each) && isVersionOf(each, report)),
    );
    return [
      ...elf.foreign,
      ...elf.unresolved,
      ...elf.unloadable.flatMap((each) => this.#unloadableProblem(each, run, resolved, files)),
      ...danglingLinks(tree).flatMap(({ path, target }) => {
        const from = ownerOf(target, resolved, files);
        return from === undefined ? [] : [`/${path} leads to /${target} of ${from}, which is not there`];
      }),
      ...report.packages.flatMap(({ name }) => {
        const recorded = tree.get(`var/lib/dpkg/status.d/${name}` as RootPath) !== undefined;
        return recorded ? [] : [`${name} has no record in status.d`];
      }),
      ...report.packages.flatMap(({ name }) => {
        const copyright = `usr/share/doc/${name}/copyright`;
        if (tree.find(`/${copyright}`)?.node.type === "file") return [];
        const shipped = resolved.some((each) => files.of(each)?.some(({ path }) => path === copyright));
        return shipped ? [`${name} lost its copyright file`] : [];
      }),
      ...diffIDs.flatMap((diffID) => layerProblems(store.blobPath(diffID))),
    ];
  }

  /** A plugin without its library is Debian's own doing where no package that was resolved has the library, and is said. */
  #unloadableProblem(
    found: string,
    run: CliRun,
    resolved: readonly BinaryPackage[],
    files: DebFiles,
  ): readonly string[] {
    const [, path = "", library = ""] = /^(\S+) needs (\S+)$/.exec(found) ?? [];
    const owner = resolved.find((each) => files.of(each)?.some((entry) => entry.path.endsWith(`/${library}`)));
    if (owner !== undefined) return [`${found}, which ${owner.name} has`];
    return run.stderr.includes(`${path} cannot be loaded`) ? [] : [`${found}, and nothing warns of it`];
  }

  async #problemsOfRefusal(
    name: string,
    code: string,
    message: string,
    index: PackageIndex,
  ): Promise<readonly string[]> {
    const files = this.#files;
    switch (code) {
      case "UNSATISFIABLE":
      case "PACKAGE_CONFLICT":
      case "UNKNOWN_PACKAGE": {
        const plan = await (await this.#openApt()).plan(name, ...(await this.#basePackages()));
        return plan === undefined ? [] : [`apt would install it, with ${plan.size} packages`];
      }
      case "FILE_CONFLICT": {
        const [, one = "", path = "", other = ""] = /package (\S+) \S+: \/(\S+) is also in (\S+) /.exec(message) ?? [];
        const owners = [one, other].filter((each) =>
          index.versions(each).some((version) => files.of(version)?.some((entry) => entry.path === path)),
        );
        return owners.length === 2 ? [] : [`${path} is not in both packages by dpkg-deb`];
      }
      case "UNRESOLVED_LIBRARY": {
        const plan = await (await this.#openApt()).plan(name, ...(await this.#basePackages()));
        const wanted = [...message.matchAll(/ needs (\S+)$/gm)].map(([, library = ""]) => library);
        const closure = [...(plan ?? [])].flatMap(([each]) => index.versions(each).slice(0, 1));
        return wanted.flatMap((library) => {
          const owner = closure.find((each) => files.of(each)?.some((entry) => entry.path.endsWith(`/${library}`)));
          return owner === undefined ? [] : [`${owner.name} has ${library}, and is among what apt would install`];
        });
      }
      default:
        return [`no reason to refuse a package of Debian's: ${code}`];
    }
  }

  #openApt(): Promise<Apt> {
    this.#apt ??= Apt.open(join(this.#directory, "apt"));
    return this.#apt;
  }

  async #basePackages(): Promise<readonly string[]> {
    const { stdout } = await mustDistill(["compose", "base", "--format", "json"], { env: this.#environment });
    return (JSON.parse(stdout) as Report).packages.map(({ name }) => name);
  }
}

function isForAmd64({ architecture }: BinaryPackage): boolean {
  return architecture === "amd64" || architecture === "all";
}

/** True for the version that the image has, and for every version of what was dropped. */
function isVersionOf({ name, version }: BinaryPackage, { packages }: Report): boolean {
  const chosen = packages.find((each) => each.name === name);
  return chosen === undefined || chosen.version === version;
}

/** The package that a path of the image would come from, unless a slice leaves it out. */
function ownerOf(path: RootPath, packages: readonly BinaryPackage[], files: DebFiles): string | undefined {
  for (const each of packages) {
    const entry = files.of(each)?.find((entry) => entry.path === path);
    if (entry === undefined) continue;
    if (!entry.directory) {
      if (sliceOf(path) === undefined) return each.name;
      continue;
    }
    const inside = files.of(each)?.filter((below) => !below.directory && below.path.startsWith(`${path}/`)) ?? [];
    const shipped = inside.some((below) => sliceOf(below.path as RootPath) === undefined);
    if (shipped || (inside.length === 0 && sliceOf(`${path}/` as RootPath) === undefined)) return each.name;
  }
  return undefined;
}

/** Bytes of the .debs of a package and its dependencies; 0 where they cannot be resolved. */
function downloadSize(index: PackageIndex, name: string): number {
  try {
    const request = { roots: [{ name }], installed: new Map(), skip: ignoredDependency, architecture: "amd64" };
    return resolve(index, request).packages.reduce((sum, each) => sum + each.package.size, 0);
  } catch (error) {
    if (isDistillError(error)) return 0;
    throw error;
  }
}

/** What a run with --format json ended with: its last line says it. */
function failureOf({ status, stderr }: CliRun): { readonly code: string; readonly message: string } {
  const line = stderr.split("\n").find((each) => each.startsWith('{"error":'));
  if (line === undefined) return { code: `status ${status}`, message: stderr };
  return (JSON.parse(line) as { readonly error: { readonly code: string; readonly message: string } }).error;
}
