import type { RunInstruction } from "../../instruction.ts";
import { ownRule } from "../rule.ts";
import { commandsOf, type ShellCommand } from "../shell-commands.ts";
import { findIn, isMountedOn, shippedRuns } from "../shipped.ts";

/** A program that fetches lists of packages, where it leaves them, and how they are taken away. */
interface Manager {
  readonly program: RegExp;
  readonly fetches: RegExp;
  readonly directory: string;
  /** Options with which it keeps nothing. */
  readonly keepsNothing?: RegExp;
  /** A command that takes them away. */
  readonly cleans?: RegExp;
  readonly fix: string;
}

const MANAGERS: readonly Manager[] = [
  {
    program: /^(?:apt|apt-get|aptitude)$/,
    fetches: /^update$/,
    directory: "/var/lib/apt/lists",
    fix: "rm -rf /var/lib/apt/lists/* in the same RUN, or a cache mount there",
  },
  {
    program: /^apk$/,
    fetches: /^(?:add|update|upgrade)$/,
    directory: "/var/cache/apk",
    keepsNothing: /^--no-cache$/,
    fix: "apk add --no-cache",
  },
  {
    program: /^(?:dnf|yum|microdnf|tdnf)$/,
    fetches: /^(?:install|update|upgrade|makecache)$/,
    directory: "/var/cache/dnf",
    cleans: /^clean$/,
    fix: "clean all in the same RUN",
  },
];

export const PACKAGE_LISTS_KEPT = ownRule(
  "PackageListsKept",
  "Lists that a package manager fetched are of no use in the image",
  function* (facts) {
    for (const { run } of shippedRuns(facts)) {
      const commands = commandsOf(run);
      for (const manager of MANAGERS) {
        const fetching = commands.find((command) => fetches(command, manager));
        if (fetching === undefined || isTakenAway(commands, run, manager)) continue;
        const { program } = fetching;
        const detail = `${program} leaves its lists in the image; the fix: ${manager.fix}`;
        yield { detail, statement: run.statement, at: findIn(facts, run, program) };
      }
    }
  },
);

function fetches(
  { program, arguments: words }: ShellCommand,
  { program: programs, fetches, keepsNothing }: Manager,
): boolean {
  if (!programs.test(program)) return false;
  const verb = words.find((word) => !word.startsWith("-")) ?? "";
  return fetches.test(verb) && !words.some((word) => keepsNothing?.test(word) ?? false);
}

function isTakenAway(commands: readonly ShellCommand[], run: RunInstruction, manager: Manager): boolean {
  const { directory, cleans, program: programs } = manager;
  if (isMountedOn(run, directory)) return true;
  return commands.some(({ program, arguments: words }) => {
    if (programs.test(program)) return words.some((word) => cleans?.test(word) ?? false);
    const removes = program === "rm" || (program === "find" && words.includes("-delete"));
    return removes && words.some((word) => isAbove(word, directory));
  });
}

/** Whether what is removed is the directory, what is in it, or one above. */
function isAbove(word: string, directory: string): boolean {
  const path = word.replace(/\/?\*?$/, "").replace(/\/$/, "");
  return (
    path.startsWith("/") && (directory === path || directory.startsWith(`${path}/`) || path.startsWith(`${directory}/`))
  );
}
