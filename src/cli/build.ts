import { basename } from "node:path";
import { type Command, Option } from "commander";
import { addDockerfileOptions, type DockerfileFlags, dockerfileOptions } from "./dockerfile-options.ts";
import { addMakeOptions, type MakeFlags } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

const RESULT_FORMATS = ["text", "json"] as const;
const PLAN_FORMATS = ["text", "json", "table", "dot"] as const;
const CHECK_FORMATS = ["text", "json", "sarif", "github"] as const;
const FORMATS = ["text", "json", "table", "dot", "sarif", "github"] as const;

interface BuildFlags extends Omit<MakeFlags, "format">, DockerfileFlags {
  readonly file: string | undefined;
  readonly target: string | undefined;
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
    .option("--target <stage>", "the stage of a Dockerfile to build, by name or number (default: the last one)");
  addDockerfileOptions(command)
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
    const asked = {
      buildFile: flags.file === undefined ? undefined : basename(flags.file),
      target: flags.target,
      buildArguments: flags.buildArg.map((each) => each.split("=", 1)[0] ?? ""),
    };
    await makeAndReport(made, asked, signal, (options) => buildDirectory(request, dockerfileOptions(flags), options));
  });
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
