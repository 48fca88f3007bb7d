import assert from "node:assert/strict";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { type CliRun, distill } from "../support/cli.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { ORDINARY, unlessOrdinaryUser } from "../support/ordinary-user.ts";
import { unlessTools } from "../support/tools.ts";

const directory = makeTemporaryDirectory();
after(() => directory.remove());

interface Told {
  readonly works: boolean;
  readonly executors: readonly {
    readonly name: string;
    readonly works: boolean;
    readonly chosen: boolean;
    readonly missing: readonly { readonly remedy: string }[];
    readonly failure?: string;
  }[];
  readonly machine: { readonly user: { readonly uid: number }; readonly programs: Readonly<Record<string, string>> };
}

async function doctor(name: string, through: readonly string[], ...args: readonly string[]): Promise<CliRun> {
  const home = join(directory.path, name);
  mkdirSync(home, { recursive: true });
  for (const path of [directory.path, home]) chmodSync(path, 0o777);
  return distill(["doctor", ...args], { through, env: { DISTILL_HOME: home } });
}

describe("distill doctor", () => {
  test("tries each executor as root", { skip: unlessRoot() || unlessTools("unshare", "setpriv", "tar") }, async () => {
    const { status, stdout, stderr } = await doctor("root", [], "--format", "json");
    assert.equal(status, 0, stdout + stderr);
    const told = JSON.parse(stdout) as Told;
    assert.equal(told.works, true);
    assert.deepEqual(
      told.executors.map(({ name }) => name),
      ["crun", "runc", "bubblewrap", "util-linux"],
    );
    for (const { name, works, missing, failure } of told.executors) {
      const program = name === "bubblewrap" ? "bwrap" : name;
      if (name !== "util-linux" && !(program in told.machine.programs)) {
        assert.deepEqual([works, missing.map(({ remedy }) => remedy)], [false, [`apt install ${name}`]]);
      } else {
        // What fails is told with what the executor said of it.
        assert.ok(works || (name === "bubblewrap" && failure !== undefined), `${name}: ${failure}`);
      }
    }
    assert.equal(told.executors.filter(({ chosen }) => chosen).length, 1);
    assert.match((await doctor("root", [])).stdout, /^RUN works: \S+, as root\n/);
  });

  test("gives an ordinary user the exit status of its answer", { skip: unlessOrdinaryUser() }, async () => {
    const { status, stdout, stderr } = await doctor("user", ORDINARY, "--format", "json");
    const told = JSON.parse(stdout) as Told;
    assert.equal(status, told.works ? 0 : 3, stdout + stderr);
    assert.notEqual(told.machine.user.uid, 0);
  });
});

function unlessRoot(): false | string {
  return process.getuid?.() === 0 ? false : "needs root";
}
