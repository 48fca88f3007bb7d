import { type Command, Option } from "commander";
import { parseAge } from "../lib/quantities.ts";
import type { ProgressMode } from "../ui/progress.ts";
import { addDockerfileOptions, type DockerfileFlags, dockerfileOptions } from "./dockerfile-options.ts";
import { collect, progressOption, tlsVerifyOption } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

interface CompareFlags extends DockerfileFlags {
  readonly platform: string | undefined;
  readonly offline: boolean;
  readonly refresh: boolean;
  readonly tlsVerify: boolean | undefined;
  readonly progress: ProgressMode;
  readonly quiet: boolean;
  readonly scan: boolean;
  readonly maxAge: string;
  readonly failIf: readonly string[];
  readonly format: "table" | "json" | "markdown";
}

/** `distill compare A B` */
export function addCompare(program: Command, { signal, answer }: VerbContext): void {
  const command = program
    .command("compare")
    .description(
      "show two images side by side: sizes, layers, packages, known vulnerabilities, files and attack surface",
    )
    .argument(
      "<a>",
      "a name in the store or of a registry, docker://NAME, oci:DIR, oci-archive:FILE, docker-archive:FILE, docker-daemon:NAME; or a Dockerfile, or a directory with one or a distill.yaml, which is built first",
    )
    .argument("<b>", "the image to compare it with, named in the same ways")
    .option(
      "--platform <platform>",
      "which platform (default: linux/amd64 where something is built, else this machine's)",
    );
  addDockerfileOptions(command)
    .option("--offline", "use what is in the cache and the store and nothing else", false)
    .option("--refresh", "ask the mirrors for newer package lists now, not once an hour", false)
    .option("--no-scan", "do not look for known vulnerabilities")
    .option("--max-age <time>", "age above which advisory data is stale, such as 36h, 5d or 2w", "5d")
    .option(
      "--fail-if <conditions>",
      'end with status 1 where one of them is met: "size.compressed > +5%, cves.high > 0" (may be repeated)',
      collect,
      [],
    )
    .addOption(tlsVerifyOption())
    .addOption(progressOption())
    .option("-q, --quiet", "show no progress", false)
    .addOption(
      new Option("--format <format>", "form of the result").choices(["table", "json", "markdown"]).default("table"),
    )
    .action(async (a: string, b: string, flags: CompareFlags) => {
      // What is no condition is told before anything is built.
      const { conditionsWanted } = await import("./conditions-wanted.ts");
      const conditions = conditionsWanted(flags.failIf, flags.scan);
      const scan = flags.scan ? { maxAge: parseAge(flags.maxAge, "--max-age") } : undefined;
      const { compareNamed } = await import("../app/compare-images.ts");
      const { withProgressShown } = await import("./shown.ts");
      const comparison = await withProgressShown(flags.quiet ? "quiet" : flags.progress, (progress) => {
        const { platform, offline, refresh, tlsVerify, buildArg, buildContext } = flags;
        const wishes = { buildArg, buildContext, dockerfile: dockerfileOptions(flags) };
        return compareNamed(a, b, { platform, offline, refresh, tlsVerify, wishes, scan, progress, signal });
      });
      const { checkConditions } = await import("../compare/conditions/check-conditions.ts");
      const outcomes = checkConditions(conditions, comparison);
      const { comparisonText } = await import("./comparison-shown.ts");
      process.stdout.write(comparisonText(comparison, outcomes, flags.format));
      const { conditionLines } = await import("../ui/conditions.ts");
      for (const line of conditionLines(outcomes, comparison)) process.stderr.write(`distill: ${line}\n`);
      if (outcomes.some((outcome) => outcome.answer !== "not-met")) answer(1);
    });
}
