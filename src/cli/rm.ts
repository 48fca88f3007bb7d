import type { Command } from "commander";

/** `distill rm NAME...` */
export function addRm(program: Command): void {
  program
    .command("rm")
    .description("take names away from images; distill prune then frees what nothing needs")
    .argument("<name...>", "names as distill images prints them")
    .action(async (names: readonly string[]) => {
      const { rmVerb } = await import("./rm-verb.ts");
      await rmVerb(names);
    });
}
