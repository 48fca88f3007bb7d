import type { Command } from "commander";
import { addMakeOptions, collect, type MakeFlags, oneOf } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

interface ComposeFlags extends MakeFlags {
  readonly package: readonly string[];
  readonly slice: readonly string[];
  readonly suite: string | undefined;
  readonly user: "root" | "nonroot" | undefined;
  readonly debug: boolean | undefined;
}

/** `distill compose BASE|SPEC.yaml` */
export function addCompose(program: Command, { signal }: VerbContext): void {
  const command = program
    .command("compose")
    .description("compose a distroless base image from Debian packages")
    .argument("<base>", "a base (distill bases lists them), a name of gcr.io/distroless, or a SPEC.yaml")
    .option("-p, --package <name>", "a Debian package to add, NAME or NAME=VERSION (may be repeated)", collect, [])
    .option("--slice <name>", "a slice that is not to be left out (may be repeated)", collect, [])
    .option("--suite <suite>", "the Debian release (default: the newest that has the base)")
    .option("--user <user>", "who containers run as: root or nonroot (65532, the default)", oneOf(["root", "nonroot"]))
    .option("--debug", "with busybox in /busybox, and its shell as the entrypoint where the base has none");
  addMakeOptions(command).action(async (base: string, flags: ComposeFlags) => {
    const { makeAndReport } = await import("./report.ts");
    const { composeBase } = await import("../app/compose-base.ts");
    const { package: packages, slice: slices, suite, user, debug, platform } = flags;
    const request = { base, suite, packages, slices, user, debug, platform };
    const asked = { buildFile: undefined, target: base, buildArguments: [] };
    await makeAndReport(flags, asked, signal, (options) => composeBase(request, options));
  });
}
