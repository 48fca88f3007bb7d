import { type Command, Option } from "commander";
import type { DockerfileOptions } from "../app/build-dockerfile.ts";
import type { ExecutorName } from "../sandbox/executors/executor.ts";
import { addMakeOptions, collect, type MakeFlags } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

const RESULT_FORMATS = ["text", "json"] as const;
const PLAN_FORMATS = ["text", "json", "table", "dot"] as const;
const CHECK_FORMATS = ["text", "json", "sarif", "github"] as const;
const FORMATS = ["text", "json", "table", "dot", "sarif", "github"] as const;

interface BuildFlags extends Omit<MakeFlags, "format"> {
  readonly file: string | undefined;
  readonly target: string | undefined;
  readonly buildArg: readonly string[];
  readonly buildContext: readonly string[];
  /** An empty text stands for all. */
  readonly compose: readonly string[];
  readonly pull: boolean;
  /** Of --no-cache; an empty text stands for all. */
  readonly cache: readonly string[];
  readonly timestamps: "fixed" | "keep";
  readonly secret: readonly string[];
  readonly ssh: readonly string[];
  readonly network: "default" | "none" | "host";
  readonly executor: ExecutorName | "auto";
  readonly memory: string | undefined;
  readonly cpus: string | undefined;
  readonly check: boolean;
  readonly printPlan: boolean;
  readonly format: (typeof FORMATS)[number];
}

/** `distill build [DIR]` */
export function addBuild(program: Command, { signal, answer }: VerbContext): void {
  const command = program
    .command("build")
    .description("build the image that a directory's Dockerfile or distill.yaml describes")
    .argument("[context]", "a directory, a tar archive, - for the standard input, or an address of git or the web", ".")
    .option(
      "-f, --file <file>",
      "the file that describes the build, - for the standard input (default: DIR/Dockerfile, then DIR/distill.yaml)",
    )
    .option("--target <stage>", "the stage of a Dockerfile to build, by name or number (default: the last one)")
    .option("--build-arg <name[=value]>", "value of an ARG of a Dockerfile (may be repeated)", collect, [])
    .option(
      "--build-context <name=location>",
      "what replaces an image or a stage of a Dockerfile: a directory, an address, docker://NAME, oci:DIR and the like (may be repeated)",
      collect,
      [],
    )
    .option(
      "--compose [pattern]",
      "compose images of gcr.io/distroless from Debian in place of pulling them: all, or with =PATTERN those that fit (may be repeated)",
      collect,
      [],
    )
    .option("--pull", "ask registries also for images that the store has", false)
    .addOption(
      new Option("--no-cache [stage]", "do again what was done before: all, or with =STAGE that one (may be repeated)")
        .argParser(collect)
        .default([]),
    )
    .addOption(
      new Option("--timestamps <times>", "times of files in layers: fixed (SOURCE_DATE_EPOCH, else 1970), or keep")
        .choices(["fixed", "keep"])
        .default("fixed"),
    )
    .option(
      "--secret <id=name,...>",
      "a secret for RUN: id=NAME,src=FILE or id=NAME,env=VARIABLE (may be repeated)",
      collect,
      [],
    )
    .option("--ssh <name[=socket]>", "lend RUN an agent: default, or NAME=SOCKET (may be repeated)", collect, [])
    .addOption(
      new Option("--network <network>", "network of RUN: that of this machine (default, host), or none")
        .choices(["default", "none", "host"])
        .default("default"),
    )
    .addOption(
      new Option("--executor <executor>", "what confines RUN; distill doctor says what this machine has")
        .choices(["auto", "crun", "runc", "bubblewrap", "util-linux"])
        .default("auto")
        .env("DISTILL_EXECUTOR"),
    )
    .option("--memory <size>", "memory that the programs of a RUN have together (512m, 2g)")
    .option("--cpus <number>", "processors that they have together (1.5)")
    .option("--check", "check the Dockerfile and build nothing; status 1 where something is found", false)
    .addOption(
      new Option("--print-plan", "print what would be done, and build nothing").default(false).conflicts("check"),
    );
  addMakeOptions(command, formatOption()).action(async (directory: string, flags: BuildFlags) => {
    const { format } = flags;
    if (flags.check) {
      const { printChecks } = await import("./check.ts");
      const clean = await printChecks({ ...flags, directory }, await formatOf(format, "--check", CHECK_FORMATS));
      return answer(clean ? 0 : 1);
    }
    if (flags.printPlan) {
      const { printPlan } = await import("./print-plan.ts");
      return printPlan({ ...flags, directory }, await formatOf(format, "--print-plan", PLAN_FORMATS));
    }
    const { makeAndReport } = await import("./report.ts");
    const { buildDirectory } = await import("../app/build-directory.ts");
    const made = { ...flags, format: await formatOf(format, "a build", RESULT_FORMATS) };
    const request = { ...flags, directory };
    await makeAndReport(made, signal, (options) => buildDirectory(request, dockerfileOptions(flags), options));
  });
}

function dockerfileOptions({ compose, pull, cache, timestamps, ...programs }: BuildFlags): DockerfileOptions {
  return {
    compose: compose.includes("") || (compose.length > 0 && compose),
    pull,
    noCache: cache.includes("") || (cache.length > 0 && cache),
    timestamps,
    programs,
  };
}

function formatOption(): Option {
  const description = "form of the result; with --print-plan also table and dot, with --check also sarif and github";
  return new Option("--format <format>", description).choices(FORMATS).default("text");
}

/** The format, where the work that is asked for has it. */
async function formatOf<T extends BuildFlags["format"]>(
  format: BuildFlags["format"],
  work: string,
  allowed: readonly T[],
): Promise<T> {
  const found = allowed.find((each) => each === format);
  if (found !== undefined) return found;
  const { DistillError } = await import("../lib/errors.ts");
  throw new DistillError("USAGE", `--format ${format} is no form of ${work}`, {
    hint: `its forms are ${allowed.join(", ")}`,
  });
}
