import type { Command } from "commander";
import { formatOption, tlsVerifyOption } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

/** `distill ls-tags NAME` */
export function addLsTags(program: Command, { signal }: VerbContext): void {
  program
    .command("ls-tags")
    .description("list the tags of a repository in its registry")
    .argument("<name>", "the repository, such as python or localhost:5000/team/app")
    .addOption(tlsVerifyOption())
    .addOption(formatOption())
    .action(
      async (name: string, flags: { readonly tlsVerify: boolean | undefined; readonly format: "text" | "json" }) => {
        const { listTags } = await import("../app/remote-images.ts");
        const { withProgressShown } = await import("./shown.ts");
        await withProgressShown("plain", async (progress) => {
          const { repository, tags } = await listTags(name, { ...flags, progress, signal });
          const text = tags.map((tag) => `${tag}\n`).join("");
          process.stdout.write(flags.format === "json" ? `${JSON.stringify({ repository, tags }, null, 2)}\n` : text);
        });
      },
    );
}
