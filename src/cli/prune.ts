import type { Command } from "commander";
import { formatOption } from "./options.ts";

interface PruneFlags {
  readonly dryRun: boolean;
  readonly keepCache: string | undefined;
  readonly olderThan: string | undefined;
  readonly format: "text" | "json";
}

/** `distill prune` */
export function addPrune(program: Command): void {
  program
    .command("prune")
    .description("remove what no image in the store and no running build needs")
    .option("-n, --dry-run", "only say what would be removed", false)
    .option("--keep-cache <size>", "keep what builds may need again up to this size (10GB, 500MB), what was used last")
    .option("--older-than <time>", "keep what builds have used since then (24h, 7d); with --keep-cache, up to its size")
    .addOption(formatOption())
    .action(async ({ dryRun, keepCache, olderThan, format }: PruneFlags) => {
      const { limitsFrom } = await import("../app/collect-cache.ts");
      const keep = limitsFrom(keepCache, olderThan);
      const { withWorkspace } = await import("../app/workspace.ts");
      const { count, formatBytes } = await import("../ui/format.ts");
      const { pruneAll } = await import("../app/prune-all.ts");
      const report = await withWorkspace((workspace) => pruneAll(workspace, { dryRun, ...(keep && { keep }) }));
      for (const digest of report.missing) {
        process.stderr.write(`warning: ${digest} is needed by an image and is missing\n`);
      }
      for (const path of report.undeletable) process.stderr.write(`warning: ${path} could not be removed\n`);
      if (format === "json") {
        process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      } else {
        const blobs = count(report.removed.length + report.orphans.length, "blob");
        const more = [
          [report.snapshots, "unpacked tree"],
          [report.caches, "cache mount"],
        ] as const;
        const parts = more.flatMap(([{ count: number, bytes }, what]) =>
          number === 0 ? [] : [`, ${formatBytes(bytes)} in ${count(number, what)}`],
        );
        const verb = dryRun ? "would free" : "freed";
        process.stdout.write(`${verb} ${formatBytes(report.bytes)} in ${blobs}${parts.join("")}\n`);
      }
    });
}
