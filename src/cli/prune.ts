import type { Command } from "commander";
import { formatOption } from "./options.ts";

/** `distill prune` */
export function addPrune(program: Command): void {
  program
    .command("prune")
    .description("remove what no image in the store and no running build needs")
    .option("-n, --dry-run", "only say what would be removed", false)
    .addOption(formatOption())
    .action(async (flags: { readonly dryRun: boolean; readonly format: "text" | "json" }) => {
      const { pruneVerb } = await import("./prune-verb.ts");
      await pruneVerb(flags);
    });
}
