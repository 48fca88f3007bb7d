import type { Command } from "commander";
import { tlsVerifyOption } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

/** `distill rm NAME...` */
export function addRm(program: Command, { signal }: VerbContext): void {
  program
    .command("rm")
    .description(
      "take names away from images (distill prune then frees what nothing needs), or delete docker://NAME from its registry",
    )
    .argument(
      "<name...>",
      "names as distill images prints them, digests or image IDs; docker://NAME[:TAG] with all its tags",
    )
    .addOption(tlsVerifyOption())
    .action(async (names: readonly string[], flags: { readonly tlsVerify: boolean | undefined }) => {
      const { withWorkspace } = await import("../app/workspace.ts");
      const { removeImages } = await import("../app/remove-images.ts");
      const remote = names.filter((name) => name.startsWith("docker://"));
      const local = names.filter((name) => !name.startsWith("docker://"));
      const removed = local.length === 0 ? [] : await withWorkspace(async ({ store }) => removeImages(store, local));
      for (const name of removed) process.stdout.write(`${name}\n`);
      if (remote.length === 0) return;
      const { deleteRemote } = await import("../app/remote-images.ts");
      const { withProgressShown } = await import("./shown.ts");
      await withProgressShown("plain", async (progress) => {
        for (const name of remote)
          process.stdout.write(`${await deleteRemote(name, { ...flags, progress, signal })}\n`);
      });
    });
}
