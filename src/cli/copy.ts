import type { Command } from "commander";
import type { ProgressMode } from "../ui/progress.ts";
import { formatOption, progressOption, tlsVerifyOption } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

interface CopyFlags {
  readonly all: boolean;
  readonly platform: string | undefined;
  readonly progress: ProgressMode;
  readonly quiet: boolean;
  readonly tlsVerify: boolean | undefined;
  readonly format: "text" | "json";
}

/** `distill copy SRC DST` */
export function addCopy(program: Command, { signal }: VerbContext): void {
  program
    .command("copy")
    .description("copy an image as it is, between registries, the store, OCI layouts, archives and a Docker engine")
    .argument(
      "<source>",
      "a name in the store or of a registry, or docker://NAME, oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME], docker-daemon:NAME",
    )
    .argument("<destination>", "the same; a name alone is set in the store")
    .option("-a, --all", "every platform of an index (default: this machine's)", false)
    .option("--platform <platform>", "which platform of an index")
    .addOption(tlsVerifyOption())
    .addOption(progressOption())
    .option("-q, --quiet", "print the digest only", false)
    .addOption(formatOption())
    .action(async (source: string, destination: string, flags: CopyFlags) => {
      const { copyImage } = await import("../app/copy-image.ts");
      const { displayProgress } = await import("../ui/progress.ts");
      const { endShow } = await import("./shown.ts");
      const { all, platform } = flags;
      const display = displayProgress(flags.quiet ? "quiet" : flags.progress, process.stderr);
      const options = { all, platform, tlsVerify: flags.tlsVerify, progress: display.progress, signal };
      const written = await copyImage(source, destination, options).finally(() => endShow(display));
      const { descriptor, imageID = null, changed = null } = written;
      if (changed !== null && !flags.quiet) process.stderr.write(`${destination}: ${changed}\n`);
      const { digest, mediaType, size } = descriptor;
      const result = { digest, mediaType, size, imageID, changed };
      process.stdout.write(`${flags.format === "json" ? JSON.stringify(result, null, 2) : digest}\n`);
    });
}
