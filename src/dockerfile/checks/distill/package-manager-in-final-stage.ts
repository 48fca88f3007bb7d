import { ownRule } from "../rule.ts";
import { commandsOf, type ShellCommand } from "../shell-commands.ts";
import { findIn, shippedRuns } from "../shipped.ts";

/** What installs, by program: the first word that is no option. */
const INSTALLS: ReadonlyMap<string, RegExp> = new Map([
  ["apt-get", /^(?:install|upgrade|dist-upgrade|build-dep)$/],
  ["apt", /^(?:install|upgrade|full-upgrade)$/],
  ["aptitude", /^(?:install|safe-upgrade|full-upgrade)$/],
  ["apk", /^(?:add|upgrade)$/],
  ["dnf", /^(?:install|upgrade|update|groupinstall)$/],
  ["yum", /^(?:install|upgrade|update|groupinstall)$/],
  ["microdnf", /^(?:install|upgrade|update)$/],
  ["tdnf", /^(?:install|upgrade|update)$/],
  ["zypper", /^(?:install|in|update|up|dup)$/],
]);

export const PACKAGE_MANAGER_IN_FINAL_STAGE = ownRule(
  "PackageManagerInFinalStage",
  "Packages should be installed in a stage of their own: the package manager is no part of the app",
  function* (facts) {
    for (const { run } of shippedRuns(facts)) {
      const found = commandsOf(run)
        .map(installation)
        .find((each) => each !== undefined);
      if (found === undefined) continue;
      const { program, verb } = found;
      const detail = `${program} ${verb} runs in the stage that becomes the image`;
      yield {
        detail,
        statement: run.statement,
        at: findIn(facts, run, `${program} ${verb}`) ?? findIn(facts, run, program),
      };
    }
  },
);

function installation({ program, arguments: words }: ShellCommand): { program: string; verb: string } | undefined {
  const verb = words.find((word) => !word.startsWith("-"));
  return verb !== undefined && INSTALLS.get(program)?.test(verb) ? { program, verb } : undefined;
}
