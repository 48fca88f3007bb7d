import type { Command } from "commander";
import { tlsVerifyOption } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

/** `distill digest NAME` */
export function addDigest(program: Command, { signal }: VerbContext): void {
  program
    .command("digest")
    .description("print the digest that a name stands for: in its registry, or elsewhere with a transport")
    .argument("<name>", "NAME[:TAG], or an image elsewhere (see copy)")
    .option("--platform <platform>", "of one platform of an index, not of the index")
    .addOption(tlsVerifyOption())
    .action(
      async (
        name: string,
        flags: { readonly platform: string | undefined; readonly tlsVerify: boolean | undefined },
      ) => {
        const { digestOfName } = await import("../app/remote-images.ts");
        const { withProgressShown } = await import("./shown.ts");
        await withProgressShown("plain", async (progress) => {
          process.stdout.write(`${await digestOfName(name, { ...flags, progress, signal })}\n`);
        });
      },
    );
}
