import type { Command } from "commander";
import { formatOption, tlsVerifyOption } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

interface ReferrersFlags {
  readonly artifactType: string | undefined;
  readonly platform: string | undefined;
  readonly tlsVerify: boolean | undefined;
  readonly format: "text" | "json";
}

/** `distill referrers NAME` */
export function addReferrers(program: Command, { signal }: VerbContext): void {
  program
    .command("referrers")
    .description("list what refers to an image in its registry: signatures, SBOMs, attestations")
    .argument("<name>", "NAME[:TAG][@DIGEST]")
    .option("--artifact-type <type>", "of this artifact type only")
    .option("--platform <platform>", "to one platform of an index, not to the index")
    .addOption(tlsVerifyOption())
    .addOption(formatOption())
    .action(async (name: string, flags: ReferrersFlags) => {
      const { referrersOfName } = await import("../app/remote-images.ts");
      const { withProgressShown } = await import("./shown.ts");
      const { formatBytes } = await import("../ui/format.ts");
      await withProgressShown("plain", async (progress) => {
        const found = await referrersOfName(name, { ...flags, progress, signal });
        if (flags.format === "json") {
          process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
          return;
        }
        if (found.referrers.length === 0) progress.info(`nothing refers to ${found.digest}`);
        const lines = found.referrers.map(
          ({ digest, artifactType, size }) => `${digest}  ${artifactType ?? "(no type)"}  ${formatBytes(size)}\n`,
        );
        process.stdout.write(lines.join(""));
      });
    });
}
