import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import type { CliRun } from "../support/cli.ts";
import { makeTemporaryDirectory, temporaryDirectory } from "../support/directories.ts";
import { strangeSnapshots } from "../support/run-leftovers.ts";
import {
  compilePrograms,
  EXECUTORS,
  type ExecutorName,
  type Programs,
  RunScene,
  unlessExecutor,
  unlessRun,
} from "../support/run-scene.ts";
import { isInShare } from "../support/share.ts";

const BASE = "FROM scratch\nCOPY mischief relay loaded /\n";

/** Finds the file that a runtime is told to write its log to. */
const LOG = 'while [ "$1" != --log ]; do shift; done; log=$2';

/** Runs a command where /dev has only some of what programs expect there. */
const WITHOUT_DEVICE = `set -e
for name in null zero random urandom tty; do : > "$0/$name"; mount --bind "/dev/$name" "$0/$name"; done
mount --rbind "$0" /dev
exec "$@"`;

describe("an executor that cannot start a program", { skip: unlessRun() }, () => {
  const shared = makeTemporaryDirectory();
  let programs: Programs;

  before(async () => {
    programs = await compilePrograms(shared.path);
  });

  after(() => shared.remove());

  /** Builds with a program of that name first on PATH, which is this script. */
  async function withFake(test: TestContext, name: string, script: string, executor: ExecutorName): Promise<CliRun> {
    const directory = temporaryDirectory(test);
    writeFileSync(join(directory, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const scene = RunScene.open(test, programs);
    const env = { PATH: `${directory}:${process.env.PATH}` };
    const run = await scene.build(`${BASE}RUN ["/mischief"]\n`, executor, [], { env });
    await scene.mustBeClean();
    assert.deepEqual(strangeSnapshots(scene.home), []);
    return run;
  }

  const isOfThisMachine = ({ status, stderr }: CliRun, says: RegExp): void => {
    assert.equal(status, 3, stderr);
    assert.match(stderr, says);
    assert.match(stderr, /^ {2}hint: .*distill doctor/m);
    assert.match(stderr, /^ {2}code: ENVIRONMENT /m);
  };

  for (const name of ["crun", "runc"] as const) {
    it(`${name} that writes into its log why`, async (test) => {
      const script = `${LOG}; echo "mount proc to proc: Operation not permitted" | tee "$log" >&2; exit 1`;
      isOfThisMachine(await withFake(test, name, script, name), /could not be started: mount proc to proc: Operation/);
    });

    it(`${name} that does not even begin its log`, async (test) => {
      const run = await withFake(test, name, "echo 'missing library' >&2; exit 127", name);
      isOfThisMachine(run, /could not be started: it ended before/);
      assert.match(run.stderr, /missing library/);
    });
  }

  it("bubblewrap that may not mount", async (test) => {
    const run = await withFake(
      test,
      "bwrap",
      "echo 'bwrap: Can`t mount proc: not permitted' >&2; exit 1",
      "bubblewrap",
    );
    isOfThisMachine(run, /could not be set up: bwrap: Can`t mount proc: not permitted/);
  });

  for (const [executor] of EXECUTORS) {
    it(`${executor} on a machine that lacks a device`, async (test) => {
      const why = await unlessExecutor(executor, programs);
      if (why !== false) return test.skip(why);
      const scene = RunScene.open(test, programs);
      const through = ["unshare", "--mount", "sh", "-c", WITHOUT_DEVICE, temporaryDirectory(test)];
      isOfThisMachine(await scene.build(`${BASE}RUN ["/mischief"]\n`, executor, [], { through }), /\/dev\/full/);
      await scene.mustBeClean();
    });
  }

  for (const [place, [executor]] of EXECUTORS.entries()) {
    it(`says nothing of its own where it can (${executor})`, async (test) => {
      const why = await unlessExecutor(executor, programs);
      if (why !== false) return test.skip(why);
      for (const user of ["", "USER 1000:1000\n"]) {
        const run = await RunScene.open(test, programs).build(
          `${BASE}${user}RUN ["/mischief", "many", "0"]\n`,
          executor,
        );
        assert.equal(run.status, 0, run.stderr);
        assert.deepEqual(RunScene.output(run), []);
      }
    });

    it(`is told from a program that cannot be started (${executor})`, async (test) => {
      const why = await unlessExecutor(executor, programs);
      if (why !== false) return test.skip(why);
      const scene = RunScene.open(test, programs);
      for (const [index, lines] of [
        'RUN ["nowhere"]\n',
        'COPY <<E /text\nnothing\nE\nRUN ["/text"]\n',
        'COPY --chmod=755 <<E /text\nnothing\nE\nRUN ["/text"]\n',
        'COPY --chmod=755 <<E /text\n#!/nowhere\nE\nRUN ["/text"]\n',
        'RUN ["/loaded"]\n',
        'RUN ["/"]\n',
      ].entries()) {
        if (!isInShare(index, EXECUTORS.length, place)) continue;
        const { status, stderr } = await scene.build(`${BASE}${lines}`, executor);
        assert.equal(status, 1, `${lines}${stderr}`);
        assert.match(stderr, /^ {2}code: RUN_FAILED /m);
      }
      await scene.mustBeClean();
      assert.deepEqual(strangeSnapshots(scene.home), []);
    });
  }
});
