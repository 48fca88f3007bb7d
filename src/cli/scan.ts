import { type Command, Option } from "commander";
import { collect, progressOption, tlsVerifyOption } from "./options.ts";
import type { ScanFlags } from "./scan-wishes.ts";
import type { VerbContext } from "./verb-context.ts";

/** `distill scan IMAGE`; exit status 1 where a gate (`--fail-on`) is not passed. */
export function addScan(program: Command, { signal, answer }: VerbContext): void {
  program
    .command("scan")
    .description("list the known vulnerabilities of an image, and what nobody could look at")
    .argument(
      "<image>",
      "a name in the store or of a registry, or docker://NAME, oci:DIR, oci-archive:FILE, docker-archive:FILE, docker-daemon:NAME; or sbom:FILE, a CycloneDX or SPDX document of any tool",
    )
    .option("--platform <platform>", "one platform of an index (default: this machine's)")
    .addOption(
      new Option("--format <format>", "form of the result")
        .choices(["table", "json", "sarif", "cyclonedx", "openvex", "markdown", "github"])
        .default("table"),
    )
    .addOption(
      new Option("--by <what>", "what findings are put together by (table, markdown)")
        .choices(["package", "cve", "layer"])
        .default("package"),
    )
    .option("--only-fixed", "show findings alone that have a fix; all are counted", false)
    .option(
      "--severity <severities>",
      "show findings alone of this severity and worse (high), or of these (low,high); all are counted",
    )
    .option(
      "--fail-on <condition>",
      "end with status 1 for findings of SEVERITY or worse, or any: SEVERITY[,fixed][,kev][,stale][,unassessed] (may be repeated)",
      collect,
      [],
    )
    .option("--max-age <time>", "age above which data is stale, such as 36h, 5d or 2w", "5d")
    .option("--ignore-file <file>", "what does not count, with reasons (default: .distill-ignore.yaml, where it is)")
    .option("--vex <file>", "OpenVEX document about the image or its packages (may be repeated)", collect, [])
    .option("--explain <id>", "show what each record says of one vulnerability, and why")
    .option("--build-file <file>", "name of the build file in annotations (--format github)", "Dockerfile")
    .option("--offline", "ask no registry, and fetch no advisory data", false)
    .option("--refresh", "fetch advisory data now, however old it is", false)
    .addOption(tlsVerifyOption())
    .addOption(progressOption())
    .option("-q, --quiet", "show no progress", false)
    .action(async (name: string, flags: ScanFlags) => {
      const { readScanWishes } = await import("./scan-wishes.ts");
      const now = Date.now();
      const wishes = await readScanWishes(flags, now);
      const { withProgressShown } = await import("./shown.ts");
      const { scanShown } = await import("./scan-shown.ts");
      const shown = await withProgressShown(flags.quiet ? "quiet" : flags.progress, (progress) => {
        const { platform, offline, refresh, tlsVerify } = flags;
        const options = { platform, offline, refresh, tlsVerify, maxAge: wishes.maxAge, progress, signal };
        return scanShown(name, options, wishes, now);
      });
      process.stdout.write(shown.text);
      for (const note of shown.notes) process.stderr.write(note);
      if (shown.failed) answer(1);
    });
}
