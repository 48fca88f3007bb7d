import type { Command } from "commander";
import type { ProgressMode } from "../ui/progress.ts";
import { collect, formatOption, progressOption, tlsVerifyOption } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

interface ExplainFlags {
  readonly platform: string | undefined;
  readonly format: "text" | "json";
  readonly against: readonly string[];
  readonly offline: boolean;
  readonly tlsVerify: boolean | undefined;
  readonly progress: ProgressMode;
  readonly quiet: boolean;
}

/** `distill explain IMAGE PATH|PACKAGE` */
export function addExplain(program: Command, { signal }: VerbContext): void {
  program
    .command("explain")
    .description("say whose a file is, why a package is there, and what the image would be without it")
    .argument(
      "<image>",
      "a name in the store or of a registry, or docker://NAME, oci:DIR, oci-archive:FILE, docker-archive:FILE, docker-daemon:NAME",
    )
    .argument("<what>", "an absolute path in the image, or a package by its name or package URL")
    .option("--platform <platform>", "one platform of an index (default: this machine's)")
    .addOption(formatOption())
    .option(
      "--against <image>",
      "know files again, by content, that packages of this image have; for images built elsewhere (may be repeated)",
      collect,
      [],
    )
    .option("--offline", "ask no registry", false)
    .addOption(tlsVerifyOption())
    .addOption(progressOption())
    .option("-q, --quiet", "show no progress", false)
    .action(async (name: string, what: string, flags: ExplainFlags) => {
      const { withInventory } = await import("../app/look-into.ts");
      const { withProgressShown } = await import("./shown.ts");
      const text = await withProgressShown(flags.quiet ? "quiet" : flags.progress, (progress) =>
        withInventory(name, { ...flags, progress, signal }, async (image) => {
          const { explain } = await import("../inventory/reasons/explain.ts");
          const inventory = await image.inventory();
          const explanations = await explain(what, inventory, await image.tree(), signal);
          if (flags.format === "json") {
            const { explanationJson } = await import("./explanation-json.ts");
            return `${JSON.stringify(
              explanations.map((each) => explanationJson(each, inventory)),
              null,
              2,
            )}\n`;
          }
          const { explanationText } = await import("../ui/explanation.ts");
          return explanations.map((each) => explanationText(each, inventory)).join("\n");
        }),
      );
      process.stdout.write(text);
    });
}
