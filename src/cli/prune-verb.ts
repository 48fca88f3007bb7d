import { withWorkspace } from "../app/workspace.ts";
import { count, formatBytes } from "../ui/format.ts";

/** Prunes the store and prints what that freed. */
export async function pruneVerb(flags: { readonly dryRun: boolean; readonly format: "text" | "json" }): Promise<void> {
  const report = await withWorkspace(({ store }) => store.prune({ dryRun: flags.dryRun }));
  if (flags.format === "json") {
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return;
  }
  const blobs = count(report.removed.length + report.orphans.length, "blob");
  process.stdout.write(`${flags.dryRun ? "would free" : "freed"} ${formatBytes(report.bytes)} in ${blobs}\n`);
  for (const digest of report.missing)
    process.stderr.write(`warning: ${digest} is needed by an image and is missing\n`);
  for (const path of report.undeletable) process.stderr.write(`warning: ${path} could not be removed\n`);
}
