import type { Command } from "commander";
import { addMakeOptions, type MakeFlags } from "./options.ts";
import type { VerbContext } from "./program.ts";

interface BuildFlags extends MakeFlags {
  readonly file: string | undefined;
}

/** `distill build [DIR]` */
export function addBuild(program: Command, context: VerbContext): void {
  const command = program
    .command("build")
    .description("build the image that a directory's distill.yaml describes")
    .argument("[directory]", "the build context", ".")
    .option("-f, --file <file>", "the file that describes the build (default: DIR/Dockerfile, then DIR/distill.yaml)");
  addMakeOptions(command).action(async (directory: string, flags: BuildFlags) => {
    const { buildVerb } = await import("./build-verb.ts");
    await buildVerb(directory, flags, context);
  });
}
