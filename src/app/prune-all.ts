import type { PruneOptions, PruneReport } from "../store/prune.ts";
import { pruneCacheMounts } from "./cache-mounts.ts";
import { removeAsRoot } from "./unpacked-trees.ts";
import type { Workspace } from "./workspace.ts";

/** As the store's report, with the caches of RUN --mount=type=cache. */
export interface WholePruneReport extends PruneReport {
  readonly caches: { readonly count: number; readonly bytes: number };
}

/** Prunes the store, and the caches of RUN that were not used for as long as `keep` allows, or at all. */
export async function pruneAll(workspace: Workspace, options: PruneOptions): Promise<WholePruneReport> {
  const report = await workspace.store.prune(options);
  const { removed, undeletable } = await pruneCacheMounts(workspace, {
    olderThan: options.keep?.maxAgeMs ?? 0,
    dryRun: options.dryRun ?? false,
  });
  const trees = options.dryRun ? report.undeletable : await removeAsRoot(workspace.store, report.undeletable);
  const bytes = removed.reduce((sum, each) => sum + each.bytes, 0);
  return { ...report, undeletable: [...trees, ...undeletable], caches: { count: removed.length, bytes } };
}
