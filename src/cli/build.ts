import type { Command } from "commander";
import { addMakeOptions, type MakeFlags } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

interface BuildFlags extends MakeFlags {
  readonly file: string | undefined;
}

/** `distill build [DIR]` */
export function addBuild(program: Command, { signal }: VerbContext): void {
  const command = program
    .command("build")
    .description("build the image that a directory's distill.yaml describes")
    .argument("[directory]", "the build context", ".")
    .option("-f, --file <file>", "the file that describes the build (default: DIR/Dockerfile, then DIR/distill.yaml)");
  addMakeOptions(command).action(async (directory: string, flags: BuildFlags) => {
    const { makeAndReport } = await import("./report.ts");
    const { buildDirectory } = await import("../app/build-directory.ts");
    const { file, platform } = flags;
    await makeAndReport(flags, signal, (options) => buildDirectory({ directory, file, platform }, options));
  });
}
