import type { Command } from "commander";
import { addMakeOptions, collect, type MakeFlags, oneOf } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

interface ComposeFlags extends MakeFlags {
  readonly package: readonly string[];
  readonly suite: string;
  readonly user: "root" | "nonroot";
}

/** `distill compose BASE` */
export function addCompose(program: Command, { signal }: VerbContext): void {
  const command = program
    .command("compose")
    .description("compose a distroless base image from Debian packages")
    .argument("<base>", "static, base or python3")
    .option("-p, --package <name>", "a Debian package to add, NAME or NAME=VERSION (may be repeated)", collect, [])
    .option("--suite <suite>", "the Debian release", "trixie")
    .option("--user <user>", "who containers run as: root or nonroot (65532)", oneOf(["root", "nonroot"]), "nonroot");
  addMakeOptions(command).action(async (base: string, flags: ComposeFlags) => {
    const { makeAndReport } = await import("./report.ts");
    const { composeBase } = await import("../app/compose-base.ts");
    const { package: packages, suite, user, platform } = flags;
    await makeAndReport(flags, signal, (options) => composeBase({ base, suite, packages, user, platform }, options));
  });
}
