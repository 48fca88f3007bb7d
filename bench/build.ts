/*
 * Builds a Dockerfile that only copies, of a context of 150 MB, and measures it against Debian's docker.io with BuildKit;
 * then one of 200,000 files.
 *
 *   node bench/build.ts [--runs 7] [--docker /usr/bin/docker] [--entries 200000] [--only mixed|archive|entries]
 *
 * Prints markdown. bench/README.md says what each row is. Needs root, GNU time, and docker.io, whose client must know
 * BuildKit without a plugin, as Debian 12's does.
 */
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Engine } from "../test/support/engine.ts";
import { touchedFile, writeManyFiles, writeMixedContext } from "./build-context.ts";
import { type Contender, interleaved } from "./contest.ts";
import { meterOf } from "./daemon.ts";
import { buildProduct } from "./product.ts";
import { machine, ratio, type Series, table } from "./report.ts";

type Command = readonly [string, ...string[]];
type Temperature = "cold" | "nothing changed" | "one file touched";

const BASE = "bench/base:1";
const DOCKERFILE = `FROM ${BASE} AS src\nCOPY . /src\nFROM ${BASE}\nCOPY --from=src /src/app /app\n`;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "7" },
    docker: { type: "string", default: "/usr/bin/docker" },
    entries: { type: "string", default: "200000" },
    only: { type: "string" },
  },
});
const directory = mkdtempSync(join(tmpdir(), "distill-bench-"));
const at = (name: string): string => join(directory, name);
const home = at("home");
const environment = { DISTILL_HOME: home };
const engine = await Engine.start();
try {
  const ours = await buildProduct();
  const theirs = [values.docker, "-H", engine.host] as const;
  await makeBase(ours);
  console.log(`${machine()}; docker.io ${version(theirs)}\n`);
  if (wanted("mixed")) await compareMixed(ours, theirs);
  if (wanted("archive")) await compareArchives(ours, theirs);
  if (wanted("entries")) await compareEntries(ours, theirs);
  console.log(machine());
} finally {
  await engine.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function compareMixed(ours: Command, theirs: Command): Promise<void> {
  const context = mixedContext();
  const temperatures = ["cold", "nothing changed", "one file touched"] as const;
  await contest([
    ...temperatures.map((each) => distill(ours, each, context)),
    ...temperatures.map((each) => docker(theirs, each, context)),
  ]);
}

async function compareArchives(ours: Command, theirs: Command): Promise<void> {
  const context = mixedContext();
  const file = at("image.tar");
  const save = `${theirs.join(" ")} build -q -t built '${context}' && ${theirs.join(" ")} save built | gzip > '${file}'`;
  await contest([
    {
      ...distill(ours, "cold", context),
      name: "distill, cold, to an OCI archive",
      command: [...ours, "build", "-q", "-o", `oci-archive:${file}`, context],
    },
    { ...docker(theirs, "cold", context), name: "docker build, save and gzip, cold", command: ["sh", "-ec", save] },
  ]);
}

/** The engine takes minutes for the cold build of 200,000 files, and is left out unless that is all that is asked for. */
async function compareEntries(ours: Command, theirs: Command): Promise<void> {
  const entries = Number(values.entries);
  const context = at("many");
  writeManyFiles(context, entries);
  writeFileSync(join(context, "Dockerfile"), DOCKERFILE);
  const named = (contender: Contender): Contender => ({
    ...contender,
    name: `${contender.name}, ${entries.toLocaleString("en")} files`,
  });
  const temperatures = ["cold", "nothing changed"] as const;
  const own = temperatures.map((each) => named(distill(ours, each, context)));
  if (values.only !== "entries")
    return console.log(`${table(await interleaved(own, Number(values.runs), directory))}\n`);
  await contest([...own, ...temperatures.map((each) => named(docker(theirs, each, context)))]);
}

/** Ours first, then theirs in the same order. */
async function contest(contenders: readonly Contender[]): Promise<void> {
  const all = await interleaved(contenders, Number(values.runs), directory);
  const half = all.length / 2;
  const ratios = all.slice(0, half).map((each, index) => `* ${ratio(each, all[half + index] as Series)}`);
  console.log(`${table(all)}\n\n${ratios.join("\n")}\n`);
}

function distill(ours: Command, temperature: Temperature, context: string): Contender {
  return {
    name: `distill, ${temperature}`,
    prepare: async (run) => {
      if (temperature === "cold") forget(ours);
      prepare(temperature, context, run);
    },
    command: [...ours, "build", "-q", "-t", "built", context],
    environment,
  };
}

function docker(theirs: Command, temperature: Temperature, context: string): Contender {
  return {
    name: `docker build, ${temperature}`,
    prepare: async (run) => {
      if (temperature === "cold") forgetTheirs(theirs);
      prepare(temperature, context, run);
    },
    command: [...theirs, "build", "-q", "-t", "built", context],
    environment: { DOCKER_BUILDKIT: "1" },
    meter: () => meterOf(engine.pid),
  };
}

/** What earlier runs have left to be written to disk would be part of this one. */
function prepare(temperature: Temperature, context: string, run: number): void {
  if (temperature === "one file touched") appendFileSync(touchedFile(context), `${run}\n`);
  execFileSync("sync");
}

/** Empties the store and the caches, but for compiled code, which any machine has that has used distill before. */
function forget([program, ...args]: Command): void {
  rmSync(join(home, "store"), { recursive: true, force: true });
  for (const name of readdirSync(join(home, "cache"))) {
    if (name !== "compile-cache") rmSync(join(home, "cache", name), { recursive: true });
  }
  execFileSync(program, [...args, "load", "-q", "-i", at("base.tar")], { env: { ...process.env, ...environment } });
}

function forgetTheirs(theirs: Command): void {
  const [program, ...args] = theirs;
  const run = (...more: readonly string[]) => execFileSync(program, [...args, ...more], { encoding: "utf8" });
  const built = run("images", "-q", "built").trim();
  if (built !== "") run("rmi", "-f", built);
  run("builder", "prune", "-af");
}

/** A base of one file, in the store, in the engine, and in base.tar. */
async function makeBase([program, ...args]: Command): Promise<void> {
  const context = at("base");
  mkdirSync(context);
  writeFileSync(join(context, "release"), "a base\n");
  writeFileSync(join(context, "Dockerfile"), "FROM scratch\nCOPY release /etc/release\n");
  const archive = `docker-archive:${at("base.tar")}:${BASE}`;
  execFileSync(program, [...args, "build", "-q", "-t", BASE, "-o", archive, context], {
    env: { ...process.env, ...environment },
  });
  await engine.mustDocker("load", "-i", at("base.tar"));
}

function mixedContext(): string {
  const context = at("mixed");
  if (existsSync(context)) return context;
  const { files, bytes } = writeMixedContext(context);
  writeFileSync(join(context, "Dockerfile"), DOCKERFILE);
  console.error(`${files} files, ${(bytes / 1e6).toFixed(1)} MB`);
  return context;
}

function version([program, ...args]: Command): string {
  const format = "{{.Server.Version}}, client {{.Client.Version}}";
  return execFileSync(program, [...args, "version", "--format", format], { encoding: "utf8" }).trim();
}

function wanted(part: string): boolean {
  return values.only === undefined || values.only === part;
}
