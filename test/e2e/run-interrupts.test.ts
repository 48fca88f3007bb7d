import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { after, before, describe, it } from "node:test";
import type { CliOptions, CliRun } from "../support/cli.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { strangeSnapshots } from "../support/run-leftovers.ts";
import {
  compilePrograms,
  EXECUTORS,
  type Programs,
  RunScene,
  unlessExecutor,
  unlessRun,
} from "../support/run-scene.ts";
import { isInShare } from "../support/share.ts";

/** Milliseconds within which an interrupted build must be gone; it takes a tenth of that on an idle machine. */
const PATIENCE = 15_000;

const BASE = "FROM scratch\nCOPY mischief /\n";

describe("a build whose programs do not end by themselves", { skip: unlessRun() }, () => {
  const shared = makeTemporaryDirectory();
  let programs: Programs;

  before(async () => {
    programs = await compilePrograms(shared.path);
  });

  after(() => shared.remove());

  /** Sends a signal when the build has said this, and judges how it ends. */
  async function interrupted(
    work: (options: CliOptions) => Promise<CliRun>,
    said: string,
    signal: NodeJS.Signals,
  ): Promise<void> {
    let sent = 0;
    const onStart = (child: ChildProcess): void => {
      let text = "";
      child.stderr?.on("data", (chunk: string) => {
        text += chunk;
        if (sent === 0 && text.includes(said)) {
          sent = performance.now();
          child.kill(signal);
        }
      });
    };
    const { status, stderr } = await work({ onStart });
    const took = performance.now() - sent;
    assert.notEqual(sent, 0, stderr);
    assert.equal(status, signal === "SIGKILL" ? 137 : 130, stderr);
    assert.ok(took < PATIENCE, `${took} ms`);
  }

  for (const [place, [executor]] of EXECUTORS.entries()) {
    for (const [index, signal] of (["SIGINT", "SIGTERM", "SIGKILL"] as const).entries()) {
      if (!isInShare(index, 3, place)) continue;
      it(`ends soon with ${signal}, and all of them with it (${executor})`, async (test) => {
        const why = await unlessExecutor(executor, programs);
        if (why !== false) return test.skip(why);
        const scene = RunScene.open(test, programs);
        const stays = `${BASE}RUN --mount=type=tmpfs,target=/t ["/mischief", "stay"]\n`;
        await interrupted((options) => scene.build(stays, executor, [], options), "staying", signal);
        if (signal === "SIGKILL") assert.equal((await scene.build(`${BASE}RUN ["/mischief"]\n`, executor)).status, 0);
        await scene.mustBeClean();
        assert.deepEqual(strangeSnapshots(scene.home), []);
      });
    }

    it(`that end before what they have started leave nothing of it (${executor})`, async (test) => {
      const why = await unlessExecutor(executor, programs);
      if (why !== false) return test.skip(why);
      const scene = RunScene.open(test, programs);
      const { status, stderr } = await scene.build(`${BASE}RUN ["/mischief", "daemons"]\n`, executor);
      assert.equal(status, 0, stderr);
      await scene.mustBeClean();
    });
  }

  it("ends soon while it waits for a cache that another build has", async (test) => {
    const executor = EXECUTORS[0][0];
    const scene = RunScene.open(test, programs);
    const cache = "--mount=type=cache,target=/c,sharing=locked";
    const first = scene.build(`${BASE}RUN ${cache} ["/mischief", "stay"]\n`, executor, [], {
      onStart: (child) => {
        child.stderr?.on("data", (text: string) => {
          if (text.includes("staying")) holder.resolve(child);
        });
      },
    });
    const holder = Promise.withResolvers<ChildProcess>();
    const child = await holder.promise;
    await interrupted(
      (options) => scene.build(`${BASE}RUN ${cache} ["/mischief", "waiting"]\n`, executor, [], options),
      'RUN ["/mischief","waiting"]',
      "SIGINT",
    );
    child.kill("SIGTERM");
    assert.equal((await first).status, 130);
    await scene.mustBeClean();
  });
});
