import { Command, CommanderError, type Option } from "commander";
import { DistillError, exitStatusOf, fromStraySystemError } from "../lib/errors.ts";
import { describeFailure } from "../ui/failure.ts";
import { addAdvisories } from "./advisories.ts";
import { withEquals } from "./bare-options.ts";
import { addBases } from "./bases.ts";
import { addBuild } from "./build.ts";
import { addCompare } from "./compare.ts";
import { addCompose } from "./compose.ts";
import { addCopy } from "./copy.ts";
import { addDigest } from "./digest.ts";
import { addDoctor } from "./doctor.ts";
import { addExplain } from "./explain.ts";
import { addExport } from "./export.ts";
import { addImages } from "./images.ts";
import { addInspect } from "./inspect.ts";
import { interruptSignal } from "./interrupt.ts";
import { addLoad } from "./load.ts";
import { addLogin } from "./login.ts";
import { addLogout } from "./logout.ts";
import { addLsTags } from "./ls-tags.ts";
import { guardOutputStreams } from "./output-streams.ts";
import { addPrune } from "./prune.ts";
import { addPull } from "./pull.ts";
import { addPush } from "./push.ts";
import { addReferrers } from "./referrers.ts";
import { addRm } from "./rm.ts";
import { addSave } from "./save.ts";
import { addSbom } from "./sbom.ts";
import { addScan } from "./scan.ts";
import { addTag } from "./tag.ts";
import type { VerbContext } from "./verb-context.ts";
import { addVerify } from "./verify.ts";
import { VERSION } from "./version.ts";

/**
 * Runs the command line and gives its exit status: 0 yes, 1 the question was answered with no, 2 usage or a bad input
 * file, 3 this machine lacks something, 4 network or registry, 70 a bug, 130 interrupted.
 */
export async function run(args: readonly string[]): Promise<number> {
  guardOutputStreams();
  let status = 0;
  const program = makeProgram(interruptSignal(), (code) => {
    status = code;
  });
  try {
    await program.parseAsync(withEquals(args), { from: "user" });
    return status;
  } catch (error) {
    return reportFailure(error, args);
  }
}

function makeProgram(signal: AbortSignal, answer: (status: number) => void): Command {
  const program = new Command("distill")
    .description("Makes distroless container images from Debian's signed archive, without a daemon and without root.")
    .version(VERSION, "-V, --version")
    .option("--trace", "print causes and stacks of errors")
    .configureHelp({ optionDescription })
    .configureOutput({ outputError: () => {} })
    .exitOverride();
  const context: VerbContext = { signal, answer };
  const make = [addBuild, addCompose, addBases];
  const move = [addPull, addPush, addLogin, addLogout, addCopy, addSave, addLoad, addExport];
  const keep = [addTag, addImages, addRm, addPrune, addVerify, addAdvisories, addDoctor];
  const look = [addInspect, addSbom, addScan, addExplain, addCompare, addLsTags, addDigest, addReferrers];
  for (const add of [...make, ...move, ...look, ...keep]) add(program, context);
  program.addHelpText(
    "after",
    `
Results go to stdout, progress and notes to stderr. Images and caches lie in the XDG directories, or below DISTILL_HOME.
Exit status: 0 yes, 1 answered with no, 2 usage or a bad input file, 3 this machine lacks something,
4 network or registry, 70 a bug in distill, 130 interrupted.`,
  );
  return program;
}

/** Help text of an option: choices and the default, unless that is "off" or "none". */
function optionDescription({ description, argChoices, defaultValue }: Option): string {
  const notes = [
    ...(argChoices === undefined ? [] : [argChoices.join(", ")]),
    ...(typeof defaultValue === "string" ? [`default: ${defaultValue}`] : []),
  ];
  return notes.length === 0 ? description : `${description} (${notes.join("; ")})`;
}

function reportFailure(error: unknown, args: readonly string[]): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  // Without a command the help is all there is to say.
  if (error instanceof CommanderError && error.code === "commander.help") return 2;
  const format = wantsJson(args) ? "json" : "text";
  const told = error instanceof CommanderError ? usageError(error) : fromStraySystemError(firstOf(error));
  process.stderr.write(describeFailure(told, { format, debug: args.includes("--trace") }));
  return exitStatusOf(told);
}

/** What commander has against the command line, as an error of ours. It tells guesses on a line of their own. */
function usageError(error: CommanderError): DistillError {
  const [message = "", guess] = error.message.replace(/^error: /, "").split("\n");
  const forgotten = /^too many arguments for 'compose'/.test(message) ? "packages are given with -p NAME; " : "";
  const help = `${forgotten}distill COMMAND --help lists the options`;
  const hint = guess === undefined ? help : `${guess.replace(/^\((.*)\)$/, "$1")} ${help}`;
  return new DistillError("USAGE", message || "the command line is incomplete", { hint });
}

/** The failure itself, where cleaning up behind it failed too. */
function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error;
}

function wantsJson(args: readonly string[]): boolean {
  return args.includes("--format=json") || args.some((arg, index) => arg === "--format" && args[index + 1] === "json");
}
