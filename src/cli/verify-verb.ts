import { withWorkspace } from "../app/workspace.ts";
import type { VerbContext } from "./program.ts";

/** Prints what is damaged and who uses it; exit status 1 where anything is. */
export async function verifyVerb({ answer }: VerbContext): Promise<void> {
  const problems = await withWorkspace(({ store }) => store.verify());
  for (const { problem, usedBy, hint } of problems) {
    process.stdout.write(`${problem}${usedBy.length === 0 ? "" : ` (used by ${usedBy.join(", ")})`}\n`);
    if (hint !== undefined) process.stdout.write(`  hint: ${hint}\n`);
  }
  if (problems.length === 0) process.stdout.write("the store is whole\n");
  else answer(1);
}
