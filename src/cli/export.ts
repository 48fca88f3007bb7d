import type { Command } from "commander";
import type { ProgressMode } from "../ui/progress.ts";
import { progressOption, tlsVerifyOption } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

interface ExportFlags {
  readonly output: string;
  readonly platform: string | undefined;
  readonly progress: ProgressMode;
  readonly quiet: boolean;
  readonly tlsVerify: boolean | undefined;
}

/** `distill export IMAGE` */
export function addExport(program: Command, { signal }: VerbContext): void {
  program
    .command("export")
    .description("write the root file system of an image as a tar, its layers applied one over the other")
    .argument("<image>", "a name in the store, or an image elsewhere (see copy)")
    .option("-o, --output <file>", "the tar; - is the standard output", "-")
    .option("--platform <platform>", "which platform of an index (default: this machine's)")
    .addOption(tlsVerifyOption())
    .addOption(progressOption())
    .option("-q, --quiet", "show no progress", false)
    .action(async (image: string, flags: ExportFlags) => {
      const { binaryOutput } = await import("./binary-output.ts");
      const { exportImage } = await import("../app/export-image.ts");
      const { displayProgress } = await import("../ui/progress.ts");
      const { endShow } = await import("./shown.ts");
      const write = binaryOutput(flags.output, "a root file system");
      const display = displayProgress(flags.quiet ? "quiet" : flags.progress, process.stderr);
      const options = { platform: flags.platform, tlsVerify: flags.tlsVerify, progress: display.progress, signal };
      await exportImage(image, options, write).finally(() => endShow(display));
    });
}
