import type { Command } from "commander";

/** `distill tag SOURCE NAME...` */
export function addTag(program: Command): void {
  program
    .command("tag")
    .description("give an image of the store further names")
    .argument("<source>", "a name, digest or image ID in the store")
    .argument("<name...>", "what it is to be called too; a name that stands for another image moves")
    .action(async (source: string, names: readonly string[]) => {
      const { tagImage } = await import("../app/tag-image.ts");
      for (const name of await tagImage(source, names)) process.stdout.write(`${name}\n`);
    });
}
