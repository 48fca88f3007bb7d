import type { Command } from "commander";
import type { ProgressMode } from "../ui/progress.ts";
import { formatOption, progressOption, tlsVerifyOption } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

interface PushFlags {
  readonly platform: string | undefined;
  readonly tlsVerify: boolean | undefined;
  readonly progress: ProgressMode;
  readonly quiet: boolean;
  readonly format: "text" | "json";
}

/** `distill push NAME [DESTINATION...]` */
export function addPush(program: Command, { signal }: VerbContext): void {
  program
    .command("push")
    .description("send an image of the store to its registry, an index with all that it names")
    .argument("<name>", "a name in the store")
    .argument("[destination...]", "what it is to be called in the registry, if not the same; several are possible")
    .option("--platform <platform>", "one platform of an index, in place of the index")
    .addOption(tlsVerifyOption())
    .addOption(progressOption())
    .option("-q, --quiet", "print the digest only", false)
    .addOption(formatOption())
    .action(async (name: string, destinations: readonly string[], flags: PushFlags) => {
      const { pushImage } = await import("../app/push-image.ts");
      const { withProgressShown } = await import("./shown.ts");
      await withProgressShown(flags.quiet ? "quiet" : flags.progress, async (progress) => {
        const pushed = await pushImage(name, destinations, { ...flags, progress, signal });
        const text = `${pushed.digest}\n`;
        process.stdout.write(flags.format === "json" ? `${JSON.stringify(pushed, null, 2)}\n` : text);
      });
    });
}
