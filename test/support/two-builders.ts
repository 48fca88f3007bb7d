import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type CliRun, distill, mustDistill } from "./cli.ts";
import { Engine, type Ran, runProgram } from "./engine.ts";

/** What both builders made of a context: their runs, and where root file systems lie as tars. */
export interface BuiltByBoth {
  readonly docker: Ran;
  readonly distill: CliRun;
  readonly theirs: string;
  readonly ours: string;
}

/** Debian's client is asked for by its path, since another one may know no builder. */
const CLIENT = "/usr/bin/docker";

/** The BuildKit of this machine's docker, and distill, with the same images in both. */
export class TwoBuilders {
  readonly directory: string;
  readonly home: string;
  readonly engine: Engine;
  readonly #executor: string;

  private constructor(directory: string, engine: Engine, executor: string) {
    this.directory = directory;
    this.home = join(directory, "home");
    this.engine = engine;
    this.#executor = executor;
  }

  /** `executor` is distill's; that of the soak is set from outside. */
  static async start(
    directory: string,
    executor: string = process.env.DISTILL_TEST_EXECUTOR ?? "auto",
  ): Promise<TwoBuilders> {
    return new TwoBuilders(directory, await Engine.start(), executor);
  }

  /** Loads an image of distill's store into docker. */
  async share(name: string): Promise<void> {
    const archive = join(this.directory, "shared.tar");
    await mustDistill(["save", name, "-o", archive], { env: this.#environment });
    await this.engine.mustDocker("load", "-i", archive);
    rmSync(archive);
  }

  /** Runs distill with its own store. */
  distill(args: readonly string[], cwd?: string): Promise<CliRun> {
    return distill(args, { env: this.#environment, ...(cwd === undefined ? {} : { cwd }) });
  }

  /** Runs docker's client with this engine. */
  docker(args: readonly string[]): Promise<Ran> {
    const env = { ...process.env, DOCKER_BUILDKIT: "1", DOCKER_HOST: this.engine.host };
    return runProgram(CLIENT, args, { env, timeout: 600_000 });
  }

  /** Builds a context with both, side by side; `own` are flags of distill alone. */
  async build(
    context: string,
    flags: readonly string[],
    { ours: own = [], theirs: other = [] }: { ours?: readonly string[]; theirs?: readonly string[] } = {},
  ): Promise<BuiltByBoth> {
    const theirs = `${context}-docker.tar`;
    const ours = `${context}-distill.tar`;
    const means = ["--timestamps", "keep", "--executor", this.#executor, "-o", `type=tar,dest=${ours}`];
    const [docker, built] = await Promise.all([
      this.docker(["build", "-o", `type=tar,dest=${theirs}`, ...flags, ...other, context]),
      this.distill(["build", "--progress", "plain", ...means, ...flags, ...own, context]),
    ]);
    return { docker, distill: built, theirs, ours };
  }

  /** The config of an image as docker has it. */
  async dockerConfig(name: string): Promise<Readonly<Record<string, unknown>>> {
    return JSON.parse(await this.engine.mustDocker("image", "inspect", "-f", "{{json .Config}}", name));
  }

  async stop(): Promise<void> {
    await this.engine.stop();
  }

  get #environment(): Readonly<Record<string, string>> {
    return { DISTILL_HOME: this.home };
  }
}

/** The text of a Dockerfile and what both said of it, for the message of a failure. */
export function told(context: string, { docker, distill: own }: BuiltByBoth, file = "Dockerfile"): string {
  const text = readFileSync(join(context, file), "utf8");
  return `${text}\ndocker: ${docker.stderr.slice(-1500)}\ndistill: ${own.stderr.slice(-1500)}`;
}
