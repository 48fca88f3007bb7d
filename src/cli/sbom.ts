import { type Command, Option } from "commander";
import type { ProgressMode } from "../ui/progress.ts";
import { collect, progressOption, tlsVerifyOption } from "./options.ts";
import type { SbomWishes } from "./sbom-wishes.ts";
import type { VerbContext } from "./verb-context.ts";

interface SbomFlags {
  readonly platform: string | undefined;
  readonly format: SbomWishes["format"];
  readonly list: SbomWishes["list"];
  readonly digests: boolean;
  readonly against: readonly string[];
  readonly offline: boolean;
  readonly tlsVerify: boolean | undefined;
  readonly progress: ProgressMode;
  readonly quiet: boolean;
}

/** `distill sbom IMAGE` */
export function addSbom(program: Command, { signal }: VerbContext): void {
  program
    .command("sbom")
    .description("list the packages in an image, and whose each of its files is")
    .argument(
      "<image>",
      "a name in the store or of a registry, or docker://NAME, oci:DIR, oci-archive:FILE, docker-archive:FILE, docker-daemon:NAME; or sbom:FILE, a CycloneDX or SPDX document of any tool",
    )
    .option("--platform <platform>", "one platform of an index (default: this machine's)")
    .addOption(
      new Option("--format <format>", "form of the result")
        .choices(["table", "json", "cyclonedx", "spdx"])
        .default("table"),
    )
    .addOption(
      new Option(
        "--list <owner>",
        "list the files of one kind of owner, largest first; dead: what ships and is not seen",
      ).choices(["package", "app", "step", "base", "nobody", "dead"]),
    )
    .option("--digests", "with the digest of each file (json, spdx, cyclonedx)", false)
    .option(
      "--against <image>",
      "know files again, by content, that packages of this image have; for images built elsewhere (may be repeated)",
      collect,
      [],
    )
    .option("--offline", "ask no registry", false)
    .addOption(tlsVerifyOption())
    .addOption(progressOption())
    .option("-q, --quiet", "show no progress", false)
    .action(async (name: string, flags: SbomFlags) => {
      const file = /^sbom:(.+)$/s.exec(name)?.[1];
      if (file !== undefined) {
        const { documentShown } = await import("./document-shown.ts");
        process.stdout.write(await documentShown(file, flags));
        return;
      }
      const { refuseContrary } = await import("./sbom-wishes.ts");
      refuseContrary(flags);
      const { withInventory } = await import("../app/look-into.ts");
      const { withProgressShown } = await import("./shown.ts");
      const text = await withProgressShown(flags.quiet ? "quiet" : flags.progress, (progress) =>
        withInventory(name, { ...flags, progress, signal }, async (image) => {
          const { sbomShown } = await import("./sbom-shown.ts");
          return sbomShown(image, flags, signal);
        }),
      );
      process.stdout.write(text);
    });
}
