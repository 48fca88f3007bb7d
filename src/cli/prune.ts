import type { Command } from "commander";
import { formatOption } from "./options.ts";

interface PruneFlags {
  readonly dryRun: boolean;
  readonly format: "text" | "json";
}

/** `distill prune` */
export function addPrune(program: Command): void {
  program
    .command("prune")
    .description("remove what no image in the store and no running build needs")
    .option("-n, --dry-run", "only say what would be removed", false)
    .addOption(formatOption())
    .action(async ({ dryRun, format }: PruneFlags) => {
      const { withWorkspace } = await import("../app/workspace.ts");
      const { count, formatBytes } = await import("../ui/format.ts");
      const report = await withWorkspace(({ store }) => store.prune({ dryRun }));
      for (const digest of report.missing) {
        process.stderr.write(`warning: ${digest} is needed by an image and is missing\n`);
      }
      for (const path of report.undeletable) process.stderr.write(`warning: ${path} could not be removed\n`);
      if (format === "json") {
        process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      } else {
        const blobs = count(report.removed.length + report.orphans.length, "blob");
        process.stdout.write(`${dryRun ? "would free" : "freed"} ${formatBytes(report.bytes)} in ${blobs}\n`);
      }
    });
}
