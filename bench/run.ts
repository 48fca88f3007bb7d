/*
 * Builds the Flask examples, programs and all, and measures that against Debian's docker.io with BuildKit and against buildah.
 *
 *   node bench/run.ts [--runs 3] [--docker /usr/bin/docker] [--only slim|multi] [--executor auto]
 *
 * Prints markdown. bench/README.md says what each row is. The bases are distill's own, and everybody has them before anything is
 * measured. Needs root, GNU time, docker.io, buildah, and Debian's archive.
 */
import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Engine } from "../test/support/engine.ts";
import { type Contender, interleaved } from "./contest.ts";
import { meterOf } from "./daemon.ts";
import { buildProduct } from "./product.ts";
import { machine, ratio, type Series, table } from "./report.ts";

type Command = readonly [string, ...string[]];
type Temperature = "cold" | "nothing changed" | "app file touched";

const EXAMPLE = resolve(import.meta.dirname, "../examples/flask");
const BASES = ["debian:trixie", "debian:trixie-slim", "gcr.io/distroless/python3-debian13:nonroot"] as const;
const TEMPERATURES: readonly Temperature[] = ["cold", "nothing changed", "app file touched"];

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "3" },
    docker: { type: "string", default: "/usr/bin/docker" },
    only: { type: "string" },
    executor: { type: "string", default: "auto" },
  },
});
const directory = mkdtempSync(join(tmpdir(), "distill-bench-"));
const at = (name: string): string => join(directory, name);
const environment = { DISTILL_HOME: at("home"), DISTILL_EXECUTOR: values.executor };
const engine = await Engine.start();
try {
  const ours = await buildProduct();
  const docker = [values.docker, "-H", engine.host] as const;
  const buildah: Command = [
    "buildah",
    "--root",
    at("containers"),
    "--runroot",
    at("run"),
    "--storage-driver",
    "overlay",
  ];
  await shareBases(ours, buildah);
  console.log(`${machine()}; docker.io ${versionOf(docker)}; ${output(["buildah", "--version"]).trim()}\n`);
  for (const [name, file] of [
    ["slim", "Dockerfile.slim"],
    ["multi", "Dockerfile"],
  ] as const) {
    if (values.only === undefined || values.only === name) await contest(ours, docker, buildah, file);
  }
  console.log(machine());
} finally {
  await engine.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function contest(ours: Command, docker: Command, buildah: Command, file: string): Promise<void> {
  const context = at(file);
  cpSync(EXAMPLE, context, { recursive: true });
  // The bases are in each store by their names, and nothing is to be composed.
  rmSync(join(context, "distill.yaml"));
  const build = { context, file: join(context, file) };
  const archive = at("image.tar");
  const save = `${[...docker, ...dockerBuild(build, "cold")].join(" ")} && ${docker.join(" ")} save built | gzip > '${archive}'`;
  const contenders: readonly Contender[] = [
    ...TEMPERATURES.map((each) => ({
      ...row("distill", each, build, [...ours, ...distillBuild(build, each), "-t", "built"]),
      environment,
    })),
    {
      ...row("distill", "cold", build, [...ours, ...distillBuild(build, "cold"), "-o", `oci-archive:${archive}`]),
      name: "distill, cold, to an OCI archive",
      environment,
    },
    ...TEMPERATURES.map((each) => ({
      ...row("docker build", each, build, [...docker, ...dockerBuild(build, each)]),
      environment: { DOCKER_BUILDKIT: "1" },
      meter: () => meterOf(engine.pid),
    })),
    {
      ...row("docker build", "cold", build, ["sh", "-ec", save]),
      name: "docker build, save and gzip, cold",
      environment: { DOCKER_BUILDKIT: "1" },
      meter: () => meterOf(engine.pid),
    },
    ...TEMPERATURES.map((each) => row("buildah", each, build, [...buildah, ...buildahBuild(build, each)])),
  ];
  const all = await interleaved(contenders, Number(values.runs), directory);
  const pairs = [0, 1, 2, 3].map((index) => `* ${ratio(all[index] as Series, all[index + 4] as Series)}`);
  const others = [0, 1, 2].map((index) => `* ${ratio(all[index] as Series, all[index + 8] as Series)}`);
  console.log(`### ${file}\n\n${table(all)}\n\n${[...pairs, ...others].join("\n")}\n`);
}

interface Build {
  readonly context: string;
  readonly file: string;
}

function row(name: string, temperature: Temperature, { context }: Build, command: Command): Contender {
  return {
    name: `${name}, ${temperature}`,
    prepare: async (run) => {
      if (temperature === "app file touched") appendFileSync(join(context, "app.py"), `# ${name} ${run}\n`);
      execFileSync("sync");
    },
    command,
  };
}

function cold(temperature: Temperature): readonly string[] {
  return temperature === "cold" ? ["--no-cache"] : [];
}

function distillBuild({ context, file }: Build, temperature: Temperature): readonly string[] {
  return ["build", "-q", ...cold(temperature), "-f", file, context];
}

function dockerBuild({ context, file }: Build, temperature: Temperature): readonly string[] {
  return ["build", "-q", "--network", "host", ...cold(temperature), "-t", "built", "-f", file, context];
}

function buildahBuild({ context, file }: Build, temperature: Temperature): readonly string[] {
  const how = ["--isolation", "chroot", "--layers", "--pull-never"];
  return ["bud", "-q", ...how, ...cold(temperature), "-t", "built", "-f", file, context];
}

/** Composes the bases, unpacks them for programs, and gives them to the others. */
async function shareBases([program, ...args]: Command, [buildah, ...more]: Command): Promise<void> {
  const context = at("bases");
  mkdirSync(context);
  for (const [index, name] of BASES.entries()) {
    const archive = at(`base-${index}.tar`);
    writeFileSync(join(context, "Dockerfile"), `FROM ${name}\n`);
    const build = [...args, "build", "-q", "--compose", "-t", name, "-o", `docker-archive:${archive}:${name}`, context];
    execFileSync(program, build, { env: { ...process.env, ...environment }, stdio: ["ignore", "ignore", "inherit"] });
    await engine.mustDocker("load", "-i", archive);
    execFileSync(buildah, [...more, "pull", "-q", `docker-archive:${archive}`], { stdio: "ignore" });
    if (!name.startsWith("debian")) continue;
    writeFileSync(join(context, "Dockerfile"), `FROM ${name}\nRUN true\n`);
    execFileSync(program, [...args, "build", "-q", context], {
      env: { ...process.env, ...environment },
      stdio: "ignore",
    });
  }
}

function versionOf(docker: Command): string {
  return output([...docker, "version", "--format", "{{.Server.Version}}, client {{.Client.Version}}"]).trim();
}

function output([program, ...args]: Command): string {
  return execFileSync(program, args, { encoding: "utf8" });
}
