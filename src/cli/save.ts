import type { Command } from "commander";
import { Option } from "commander";
import type { ProgressMode } from "../ui/progress.ts";
import { progressOption, tlsVerifyOption } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

interface SaveFlags {
  readonly output: string;
  readonly format: "docker-archive" | "oci-archive";
  readonly platform: string | undefined;
  readonly progress: ProgressMode;
  readonly quiet: boolean;
  readonly tlsVerify: boolean | undefined;
}

/** `distill save NAME...` */
export function addSave(program: Command, { signal }: VerbContext): void {
  program
    .command("save")
    .description("write images, packed as they are, into one archive for docker load, podman load or skopeo")
    .argument("<name...>", "names in the store, or images elsewhere (see copy)")
    .option("-o, --output <file>", "the archive; - is the standard output", "-")
    .addOption(
      new Option(
        "--format <format>",
        "docker-archive is an OCI layout too, of one platform; oci-archive keeps an index",
      )
        .choices(["docker-archive", "oci-archive"])
        .default("docker-archive"),
    )
    .option("--platform <platform>", "which platform of an index")
    .addOption(tlsVerifyOption())
    .addOption(progressOption())
    .option("-q, --quiet", "show no progress", false)
    .action(async (names: readonly string[], flags: SaveFlags) => {
      const { binaryOutput } = await import("./binary-output.ts");
      const { saveImages } = await import("../app/save-images.ts");
      const { displayProgress } = await import("../ui/progress.ts");
      const { endShow } = await import("./shown.ts");
      const write = binaryOutput(flags.output, "an archive");
      const { format, platform } = flags;
      const display = displayProgress(flags.quiet ? "quiet" : flags.progress, process.stderr);
      const options = { format, platform, tlsVerify: flags.tlsVerify, progress: display.progress, signal };
      await saveImages(names, options, write).finally(() => endShow(display));
    });
}
