import type { PackageChange } from "./lock-changes.ts";
import type { SourceFixes } from "./source-fixes.ts";

/** What became of a platform's section of the lock; plain JSON. */
export type LockOutcome = Readonly<{
  path: string;
  platform: string;
  /** `obeyed`: its packages were taken. `new`: there was no such section. `renewed`: packages were chosen anew. */
  state: "obeyed" | "new" | "renewed";
  /** What is different since it was renewed. */
  changes: readonly PackageChange[];
  fixes: readonly SourceFixes[];
}>;
