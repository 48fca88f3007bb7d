import type { Command } from "commander";
import { formatOption } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

/** Exit status where this machine lacks what RUN needs. */
const LACKING = 3;

/** `distill doctor`; exit status 3 where no RUN works. */
export function addDoctor(program: Command, { answer }: VerbContext): void {
  program
    .command("doctor")
    .description("say what of RUN works on this machine, by trying it, and what would change that")
    .addOption(formatOption())
    .action(async ({ format }: { readonly format: "text" | "json" }) => {
      const { diagnose } = await import("../app/diagnose.ts");
      const { withWorkspace } = await import("../app/workspace.ts");
      const diagnosis = await withWorkspace(({ store }) => diagnose(store));
      if (format === "json") {
        const { facts, ...rest } = diagnosis;
        const plain = { ...facts, programs: Object.fromEntries(facts.programs) };
        process.stdout.write(`${JSON.stringify({ ...rest, machine: plain }, null, 2)}\n`);
      } else {
        const { describeDiagnosis } = await import("../ui/diagnosis.ts");
        process.stdout.write(describeDiagnosis(diagnosis));
      }
      if (!diagnosis.works) answer(LACKING);
    });
}
