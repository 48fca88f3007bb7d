import type { Command } from "commander";

/** `distill rm NAME...` */
export function addRm(program: Command): void {
  program
    .command("rm")
    .description("take names away from images; distill prune then frees what nothing needs")
    .argument("<name...>", "names as distill images prints them, digests or image IDs")
    .action(async (names: readonly string[]) => {
      const { withWorkspace } = await import("../app/workspace.ts");
      const { removeImages } = await import("../app/remove-images.ts");
      const removed = await withWorkspace(async ({ store }) => removeImages(store, names));
      for (const name of removed) process.stdout.write(`${name}\n`);
    });
}
