import type { Command } from "commander";
import { formatOption } from "./options.ts";

/** `distill images` */
export function addImages(program: Command): void {
  program
    .command("images")
    .description("list the images in the local store")
    .option("-q, --quiet", "print image IDs only", false)
    .addOption(formatOption())
    .action(async (flags: { readonly quiet: boolean; readonly format: "text" | "json" }) => {
      const { imagesVerb } = await import("./images-verb.ts");
      await imagesVerb(flags);
    });
}
