import { type Command, Option } from "commander";
import { addMakeOptions, collect, type MakeFlags } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

interface BuildFlags extends Omit<MakeFlags, "format"> {
  readonly file: string | undefined;
  readonly target: string | undefined;
  readonly buildArg: readonly string[];
  readonly buildContext: readonly string[];
  readonly printPlan: boolean;
  readonly format: "text" | "json" | "table" | "dot";
}

/** `distill build [DIR]` */
export function addBuild(program: Command, { signal }: VerbContext): void {
  const command = program
    .command("build")
    .description("build the image that a directory's distill.yaml describes")
    .argument("[directory]", "the build context", ".")
    .option("-f, --file <file>", "the file that describes the build (default: DIR/Dockerfile, then DIR/distill.yaml)")
    .option("--target <stage>", "the stage of a Dockerfile to build, by name or number (default: the last one)")
    .option("--build-arg <name[=value]>", "value of an ARG of a Dockerfile (may be repeated)", collect, [])
    .option(
      "--build-context <name=location>",
      "what replaces an image or a stage of a Dockerfile: a directory, docker://NAME, oci:DIR (may be repeated)",
      collect,
      [],
    )
    .option("--print-plan", "print what would be done, and build nothing", false);
  addMakeOptions(command, formatOption()).action(async (directory: string, flags: BuildFlags) => {
    const { file, platform, format } = flags;
    if (flags.printPlan) {
      const { printPlan } = await import("./print-plan.ts");
      return printPlan({ ...flags, directory }, format);
    }
    const { makeAndReport } = await import("./report.ts");
    const { buildDirectory } = await import("../app/build-directory.ts");
    const made = { ...flags, format: await resultFormat(format) };
    await makeAndReport(made, signal, (options) => buildDirectory({ directory, file, platform }, options));
  });
}

function formatOption(): Option {
  return new Option("--format <format>", "form of the result; with --print-plan: table (as text), json or dot")
    .choices(["text", "json", "table", "dot"])
    .default("text");
}

async function resultFormat(format: BuildFlags["format"]): Promise<MakeFlags["format"]> {
  if (format === "text" || format === "json") return format;
  const { DistillError } = await import("../lib/errors.ts");
  throw new DistillError("USAGE", `--format ${format} is a form of --print-plan`);
}
