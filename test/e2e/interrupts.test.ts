import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { TestArchive } from "../support/archive.ts";
import { processesWith, unlessProc } from "../support/processes.ts";
import { randomNumbers } from "../support/random.ts";
import { Scene } from "../support/scene.ts";
import { removeApp, smallSuite, writeApp } from "../support/small-archive.ts";
import { unlessTools } from "../support/tools.ts";

/** Milliseconds within which an interrupted command must be gone; it takes a tenth of that on an idle machine. */
const PATIENCE = 15_000;

describe("Ctrl-C", () => {
  let archive: TestArchive;
  let app: string;
  let build: string[];

  before(async () => {
    archive = await TestArchive.create([smallSuite({ xz: true })]);
    app = await writeApp();
    build = ["build", app, "-t", "x"];
  });

  after(async () => {
    await archive.remove();
    await removeApp(app);
  });

  async function until(condition: () => boolean): Promise<void> {
    for (let attempt = 0; !condition(); attempt++) {
      assert.ok(attempt < 500, "waited in vain");
      await sleep(20);
    }
  }

  for (const [what, part, bytes] of [
    ["a release", "/trixie/InRelease", 100],
    ["a package index", "/trixie/main/", 200],
    ["a package", "demo-common_", 5000],
  ] as const) {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      it(`(${signal}) ends a download of ${what} that does not move, and leaves nothing`, {
        skip: unlessProc(),
      }, async (test) => {
        const scene = await Scene.open(test, archive);
        const mark = `DISTILL_TEST_MARK=${scene.home}`;
        scene.server.fault(part, { kind: "stall", after: bytes, times: 1 });
        let sent = 0;
        const onStart = (child: ChildProcess): void => {
          void until(() => scene.server.asked(part).length > 0)
            .then(() => sleep(150))
            .then(() => {
              sent = performance.now();
              child.kill(signal);
            });
        };
        const output = `oci-archive:${scene.directory}/x.tar`;
        const env = { DISTILL_TEST_MARK: scene.home };
        const { status, stdout, stderr } = await scene.run([...build, "--update", "-o", output], { onStart, env });
        const took = performance.now() - sent;
        assert.equal(status, 130, stderr);
        assert.ok(took < PATIENCE, `${took} ms`);
        assert.equal(stdout, "");
        assert.match(stderr, /^distill: interrupted$/m);
        assert.match(stderr, /^ {2}code: CANCELLED /m);
        assert.doesNotMatch(stderr, /^ +at |warning/m);
        assert.deepEqual(processesWith(mark), []);
        assert.deepEqual(scene.leftovers(), []);
        assert.deepEqual(scene.names(), []);
        assert.deepEqual(readdirSync(scene.directory), []);
        await scene.must(build);
      });
    }
  }

  it("at any moment ends the build soon, with nothing left, and the next one makes the same image", async (test) => {
    const reference = await Scene.open(test, archive);
    const whole = await reference.must(build);
    const random = randomNumbers(20261123);
    const scene = await Scene.open(test, archive);
    for (let round = 0; round < 6; round++) {
      const outputs = ["-o", `oci:${scene.directory}/layout`, "-o", `docker-archive:${scene.directory}/x.tar`];
      const update = round % 3 === 0 ? ["--update"] : [];
      let sent = 0;
      const onStart = (child: ChildProcess): void => {
        // Before this its handler is not there, and Node ends the process.
        const moment = 100 + random() * whole.milliseconds;
        void sleep(moment).then(() => {
          sent = performance.now();
          child.kill("SIGINT");
        });
      };
      const run = await scene.run(["build", app, "-t", `t:${round}`, ...outputs, ...update], { onStart });
      const took = performance.now() - sent;
      const context = `round ${round}: ${run.stderr}`;
      assert.deepEqual(scene.leftovers(), [], context);
      if (run.stdout !== "") {
        // Too late: all was done.
        assert.equal(run.stdout, whole.stdout);
      } else {
        assert.equal(run.status, 130, context);
        assert.ok(took < PATIENCE, `${took} ms`);
        assert.deepEqual(
          scene.names().filter((name) => name.endsWith(`:${round}`)),
          [],
          context,
        );
      }
      execFileSync("rm", ["-rf", join(scene.home, round % 2 === 0 ? "store" : "cache"), `${scene.directory}/layout`]);
    }
    assert.equal((await scene.must(build)).stdout, whole.stdout);
    assert.equal((await scene.run(["verify"])).stdout, "the store is whole\n");
  });

  it("a second time ends it at once, whatever it waits for", { skip: unlessTools("mkfifo") }, async (test) => {
    const scene = await Scene.open(test, archive);
    const fifo = join(scene.directory, "fifo");
    execFileSync("mkfifo", [fifo]);
    let ended: Promise<number | null> | undefined;
    const onStart = (child: ChildProcess): void => {
      let said = "";
      child.stderr?.on("data", (text: string) => {
        said += text;
      });
      ended = until(() => said.includes("Writing oci-archive:"))
        .then(() => sleep(100))
        .then(() => child.kill("SIGINT"))
        .then(() => sleep(300))
        .then(() => (child.exitCode === null && child.kill("SIGINT") ? performance.now() : null));
    };
    const { status, stderr } = await scene.run([...build, "-o", `oci-archive:${fifo}`], { onStart });
    assert.equal(status, 130, stderr);
    const second = await ended;
    assert.ok(typeof second === "number", "a pipe that nobody reads cannot be given up");
    const took = performance.now() - second;
    assert.ok(took < PATIENCE, `${took} ms`);
    assert.deepEqual(scene.names(), []);
    assert.equal((await scene.run(["verify"])).stdout, "the store is whole\n");
    assert.deepEqual(scene.leftovers(), [], "the next command cleans up");
    assert.ok(existsSync(fifo));
  });
});
