import type { Command } from "commander";
import type { ProgressMode } from "../ui/progress.ts";
import { collect, formatOption, progressOption } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

interface UpdateFlags {
  readonly source: readonly string[];
  readonly mirror: string | undefined;
  readonly force: boolean;
  readonly progress: ProgressMode;
  readonly quiet: boolean;
  readonly format: "text" | "json";
}

/** Exit status where a feed could not be had. */
const NOT_HAD = 4;

/** `distill advisories update|status|export|import` */
export function addAdvisories(program: Command, context: VerbContext): void {
  const advisories = program
    .command("advisories")
    .description("what is known to be vulnerable: fetch it, look at it, carry it to another machine");
  addUpdate(advisories, context);
  addStatus(advisories);
  addExport(advisories);
  addImport(advisories, context);
}

function addUpdate(advisories: Command, { signal, answer }: VerbContext): void {
  advisories
    .command("update")
    .description("fetch the feeds that have changed; exit status 4 where one could not be had")
    .argument("[feed...]", "only these (default: all)")
    .option(
      "--source <feed=place>",
      "take a feed from this address, file or directory from now on, or from its default (may be repeated, also for one feed)",
      collect,
      [],
    )
    .option("--mirror <base>", "address or directory that has each file at BASE/HOST/PATH")
    .option("--force", "also what has not changed, and a feed that has lost most of its records", false)
    .addOption(progressOption())
    .option("-q, --quiet", "print warnings and what failed only", false)
    .addOption(formatOption())
    .action(async (names: readonly string[], flags: UpdateFlags) => {
      const { chooseSources, renewableFeeds, updateFeeds } = await import("../app/advisories.ts");
      const { parseFeed } = await import("../advisories/feeds/sources.ts");
      const { describeUpdates } = await import("../ui/advisories.ts");
      const { withProgressShown } = await import("./shown.ts");
      const wanted = names.map(parseFeed);
      await chooseSources(flags.source, signal);
      const feeds = wanted.length > 0 ? [...new Set(wanted)] : await renewableFeeds();
      await withProgressShown(flags.quiet ? "quiet" : flags.progress, async (progress) => {
        const updates = await updateFeeds(feeds, { ...flags, progress, signal });
        const shown = flags.quiet ? updates.filter(({ outcome }) => outcome === "failed") : updates;
        if (flags.format === "json") {
          const plain = updates.map((each) => ({ ...each, failure: each.failure?.message ?? null }));
          process.stdout.write(`${JSON.stringify(plain, null, 2)}\n`);
        } else {
          process.stdout.write(describeUpdates(shown));
        }
        if (updates.some(({ outcome }) => outcome === "failed")) answer(NOT_HAD);
      });
    });
}

function addStatus(advisories: Command): void {
  advisories
    .command("status")
    .description("list the feeds: how many records, how old, from where, and what is missing")
    .addOption(formatOption())
    .action(async ({ format }: { readonly format: "text" | "json" }) => {
      const { advisoryStatus } = await import("../app/advisories.ts");
      const warn = (text: string): void => void process.stderr.write(`warning: ${text}\n`);
      const status = await advisoryStatus({ warn });
      if (format === "json") {
        process.stdout.write(`${JSON.stringify(status, null, 2)}\n`);
        return;
      }
      const { describeStatus } = await import("../ui/advisories.ts");
      process.stdout.write(describeStatus(status, Date.now()));
    });
}

function addExport(advisories: Command): void {
  advisories
    .command("export")
    .description("write all advisory data to one file, for machines without a network")
    .requiredOption("-o, --output <file>", "the file")
    .action(async ({ output }: { readonly output: string }) => {
      const { exportAdvisories } = await import("../app/advisories.ts");
      await exportAdvisories(output);
    });
}

function addImport(advisories: Command, { signal }: VerbContext): void {
  advisories
    .command("import")
    .description("take the advisory data of a file that export wrote, all of it or nothing")
    .argument("<file>", "the file")
    .option("--force", "also feeds that are newer here", false)
    .action(async (file: string, { force }: { readonly force: boolean }) => {
      const { importAdvisories } = await import("../app/advisories.ts");
      const { describeImported } = await import("../ui/advisories.ts");
      const warn = (text: string): void => void process.stderr.write(`warning: ${text}\n`);
      process.stdout.write(describeImported(await importAdvisories(file, { force, signal, warn })));
    });
}
