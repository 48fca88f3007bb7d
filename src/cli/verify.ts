import type { Command } from "commander";
import type { VerbContext } from "./program.ts";

/** `distill verify` */
export function addVerify(program: Command, context: VerbContext): void {
  program
    .command("verify")
    .description("read everything in the store again and compare it with its digests")
    .action(async () => {
      const { verifyVerb } = await import("./verify-verb.ts");
      await verifyVerb(context);
    });
}
