import { type Command, Option } from "commander";
import type { ProgressMode } from "../ui/progress.ts";
import { addDockerfileOptions, type DockerfileFlags, dockerfileOptions } from "./dockerfile-options.ts";
import { progressOption, tlsVerifyOption } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

interface CompareFlags extends DockerfileFlags {
  readonly platform: string | undefined;
  readonly offline: boolean;
  readonly refresh: boolean;
  readonly tlsVerify: boolean | undefined;
  readonly progress: ProgressMode;
  readonly quiet: boolean;
  readonly format: "table" | "json" | "markdown";
}

/** `distill compare A B` */
export function addCompare(program: Command, { signal }: VerbContext): void {
  const command = program
    .command("compare")
    .description("show two images side by side: sizes, layers, packages, files and attack surface")
    .argument(
      "<a>",
      "a name in the store or of a registry, docker://NAME, oci:DIR, oci-archive:FILE, docker-archive:FILE, docker-daemon:NAME; or a Dockerfile, or a directory with one or a distill.yaml, which is built first",
    )
    .argument("<b>", "the image to compare it with, named in the same ways")
    .option(
      "--platform <platform>",
      "which platform (default: linux/amd64 where something is built, else this machine's)",
    );
  addDockerfileOptions(command)
    .option("--offline", "use what is in the cache and the store and nothing else", false)
    .option("--refresh", "ask the mirrors for newer package lists now, not once an hour", false)
    .addOption(tlsVerifyOption())
    .addOption(progressOption())
    .option("-q, --quiet", "show no progress", false)
    .addOption(
      new Option("--format <format>", "form of the result").choices(["table", "json", "markdown"]).default("table"),
    )
    .action(async (a: string, b: string, flags: CompareFlags) => {
      const { compareNamed } = await import("../app/compare-images.ts");
      const { withProgressShown } = await import("./shown.ts");
      const comparison = await withProgressShown(flags.quiet ? "quiet" : flags.progress, (progress) => {
        const { platform, offline, refresh, tlsVerify, buildArg, buildContext } = flags;
        const wishes = { buildArg, buildContext, dockerfile: dockerfileOptions(flags) };
        return compareNamed(a, b, { platform, offline, refresh, tlsVerify, wishes, progress, signal });
      });
      const { comparisonText } = await import("./comparison-shown.ts");
      process.stdout.write(comparisonText(comparison, flags.format));
    });
}
