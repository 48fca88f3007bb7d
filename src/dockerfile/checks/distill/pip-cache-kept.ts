import type { StepFacts } from "../facts.ts";
import { ownRule } from "../rule.ts";
import { commandsOf, type ShellCommand } from "../shell-commands.ts";
import { findIn, isMountedOn, shippedRuns } from "../shipped.ts";

/** Where pip keeps what it fetched, for root; other users have it in their home. */
const CACHE = "/root/.cache/pip";

export const PIP_CACHE_KEPT = ownRule(
  "PipCacheKept",
  "What pip fetched is in the image a second time where it keeps a cache",
  function* (facts) {
    for (const { run, step } of shippedRuns(facts)) {
      if (isSwitchedOff(step) || isMountedOn(run, CACHE)) continue;
      const commands = commandsOf(run);
      const installing = commands.find(keepsCache);
      if (installing === undefined || commands.some(removesCache)) continue;
      const detail = `${installing.program} install keeps its cache in the image; the fix: --no-cache-dir, or a cache mount`;
      yield { detail, statement: run.statement, at: findIn(facts, run, installing.program) };
    }
  },
);

/** By the variable, whatever its value is: pip has taken "off" for "on" for years, and nobody relies on it. */
function isSwitchedOff({ pipNoCache }: StepFacts): boolean {
  return (pipNoCache ?? "") !== "";
}

function keepsCache({ program, arguments: words }: ShellCommand): boolean {
  const given = /^python[\d.]*$/.test(program) && words[0] === "-m" ? words.slice(1) : [program, ...words];
  const [name = "", ...rest] = given;
  if (!/^pip[\d.]*$/.test(name)) return false;
  return rest.find((word) => !word.startsWith("-")) === "install" && !rest.includes("--no-cache-dir");
}

function removesCache({ program, arguments: words }: ShellCommand): boolean {
  if (/^pip[\d.]*$/.test(program)) return words[0] === "cache" && words[1] === "purge";
  return program === "rm" && words.some((word) => word.includes(".cache"));
}
