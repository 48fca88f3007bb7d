import type { Command } from "commander";
import type { ProgressMode } from "../ui/progress.ts";
import { formatOption, progressOption, tlsVerifyOption } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

interface PullFlags {
  readonly all: boolean;
  readonly platform: string | undefined;
  readonly tlsVerify: boolean | undefined;
  readonly progress: ProgressMode;
  readonly quiet: boolean;
  readonly format: "text" | "json";
}

/** `distill pull NAME...` */
export function addPull(program: Command, { signal }: VerbContext): void {
  program
    .command("pull")
    .description("bring images from their registries into the store")
    .argument("<name...>", "NAME[:TAG][@DIGEST]")
    .option("-a, --all", "every platform of an index (default: this machine's)", false)
    .option("--platform <platform>", "which platform of an index")
    .addOption(tlsVerifyOption())
    .addOption(progressOption())
    .option("-q, --quiet", "print digests only", false)
    .addOption(formatOption())
    .action(async (names: readonly string[], flags: PullFlags) => {
      const { pullImage } = await import("../app/pull-image.ts");
      const { withProgressShown } = await import("./shown.ts");
      await withProgressShown(flags.quiet ? "quiet" : flags.progress, async (progress) => {
        const pulled = [];
        for (const name of names) pulled.push(await pullImage(name, { ...flags, progress, signal }));
        const text = pulled.map(({ digest }) => `${digest}\n`).join("");
        process.stdout.write(flags.format === "json" ? `${JSON.stringify(pulled, null, 2)}\n` : text);
      });
    });
}
