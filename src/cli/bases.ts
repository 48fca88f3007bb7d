import type { Command } from "commander";
import { formatOption } from "./options.ts";

interface BasesFlags {
  readonly format: "text" | "json";
}

/** `distill bases` */
export function addBases(program: Command): void {
  program
    .command("bases")
    .description("list the bases that can be composed, with the Debian releases that have them")
    .addOption(formatOption())
    .action(async ({ format }: BasesFlags) => {
      const { listBases } = await import("../app/list-bases.ts");
      const { formatTable } = await import("../ui/format.ts");
      const bases = listBases(Date.now());
      if (format === "json") {
        process.stdout.write(`${JSON.stringify(bases, null, 2)}\n`);
        return;
      }
      const rows = bases.map(({ name, suites, summary }) => [name, suites.join(", "), summary]);
      process.stdout.write(formatTable(["BASE", "SUITES", "WHAT IT IS"], rows));
      const notes = new Set(bases.flatMap(({ notes }) => notes));
      if (notes.size > 0) process.stdout.write(`\n${[...notes].join("\n")}\n`);
    });
}
