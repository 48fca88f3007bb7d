import type { Command } from "commander";
import type { VerbContext } from "./verb-context.ts";

/** `distill verify`; exit status 1 where anything is damaged. */
export function addVerify(program: Command, { answer }: VerbContext): void {
  program
    .command("verify")
    .description("read everything in the store again and compare it with its digests")
    .action(async () => {
      const { withWorkspace } = await import("../app/workspace.ts");
      const { formatFamiliar, parseReference } = await import("../image/reference.ts");
      const problems = await withWorkspace(({ store }) => store.verify());
      for (const { problem, usedBy, hint } of problems) {
        const names = usedBy.map((reference) => formatFamiliar(parseReference(reference)));
        process.stdout.write(`${problem}${names.length === 0 ? "" : ` (used by ${names.join(", ")})`}\n`);
        if (hint !== undefined) process.stdout.write(`  hint: ${hint}\n`);
      }
      if (problems.length === 0) process.stdout.write("the store is whole\n");
      else answer(1);
    });
}
