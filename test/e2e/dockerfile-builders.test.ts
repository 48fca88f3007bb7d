import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { closeSync, ftruncateSync, mkdirSync, openSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type CliRun, distill, mustDistill } from "../support/cli.ts";
import { temporaryDirectory } from "../support/directories.ts";
import { processesWith, unlessProc } from "../support/processes.ts";
import { leftoversIn, namesIn } from "../support/scene.ts";

/** Bytes that take a while to be written, as zeros of a hole. */
const LARGE = 200 << 20;

const STEP = /^#\d+ \[2\/2\] COPY large \/$/m;

/** Milliseconds for which somebody is watched who should do nothing. */
const WHILE = 1500;

/** Milliseconds in which a builder that said so has begun, and is far from the end. */
const BEFORE = 100;

interface Site {
  readonly directory: string;
  readonly context: string;
  readonly home: string;
}

function site(test: TestContext): Site {
  const directory = temporaryDirectory(test);
  const context = join(directory, "context");
  mkdirSync(context);
  const fd = openSync(join(context, "large"), "w");
  ftruncateSync(fd, LARGE);
  closeSync(fd);
  writeFileSync(join(context, "Dockerfile"), "FROM scratch\nCOPY large /\n");
  return { directory, context, home: join(directory, "home") };
}

/** A build that runs; `begun` is fulfilled as soon as it says that it copies. */
function start({ context, home }: Site, ...more: readonly string[]) {
  let child: ChildProcess | undefined;
  let ended = false;
  const begun = Promise.withResolvers<void>();
  const onStart = (started: ChildProcess): void => {
    child = started;
    let said = "";
    started.stderr?.on("data", (text: string) => {
      said += text;
      if (STEP.test(said)) begun.resolve();
    });
  };
  const args = ["build", context, "--progress", "plain", ...more];
  const run: Promise<CliRun> = distill(args, { env: { DISTILL_HOME: home, DISTILL_TEST_MARK: home }, onStart });
  void run.then(() => {
    ended = true;
    begun.resolve();
  });
  return { run, begun: begun.promise, ended: () => ended, kill: (signal: NodeJS.Signals) => child?.kill(signal) };
}

/** Stops a build that has begun with its step; whatever becomes of the test, it does not stay so. */
async function stopAtWork(test: TestContext, builder: ReturnType<typeof start>): Promise<void> {
  test.after(() => builder.kill("SIGKILL"));
  await builder.begun;
  // What it says comes just before it takes the step for itself.
  await sleep(BEFORE);
  builder.kill("SIGSTOP");
}

async function judge({ home }: Site): Promise<void> {
  assert.equal((await mustDistill(["verify"], { env: { DISTILL_HOME: home } })).stdout, "the store is whole\n");
  assert.deepEqual(leftoversIn(home), []);
  assert.deepEqual(processesWith(`DISTILL_TEST_MARK=${home}`), []);
}

describe("two builders of one step", { skip: unlessProc() }, () => {
  it("wait for each other: the second finds what the first has made", async (test) => {
    const at = site(test);
    const first = start(at);
    await stopAtWork(test, first);
    const second = start(at);
    await second.begun;
    await sleep(WHILE);
    assert.ok(!second.ended(), "it did not wait");
    first.kill("SIGCONT");
    const [one, two] = [await first.run, await second.run];
    assert.equal(one.status, 0, one.stderr);
    assert.equal(two.status, 0, two.stderr);
    assert.match(one.stderr, /^#\d+ DONE/m);
    assert.match(two.stderr, /^#\d+ CACHED/m);
    assert.equal(one.stdout, two.stdout);
    await judge(at);
  });

  it("do not wait for the dead: when the first is killed, the second makes it", async (test) => {
    const at = site(test);
    const first = start(at);
    await stopAtWork(test, first);
    const second = start(at);
    await second.begun;
    await sleep(WHILE);
    assert.ok(!second.ended(), "it did not wait");
    first.kill("SIGKILL");
    assert.equal((await first.run).status, 137);
    const two = await second.run;
    assert.equal(two.status, 0, two.stderr);
    assert.match(two.stderr, /^#\d+ DONE/m);
    const { stdout } = await mustDistill(["build", at.context], { env: { DISTILL_HOME: join(at.directory, "other") } });
    assert.equal(two.stdout, stdout);
    await judge(at);
  });
});

describe("Ctrl-C while a Dockerfile is built", { skip: unlessProc() }, () => {
  for (const [what, more] of [
    ["a layer is written", []],
    ["another builder is waited for", []],
    ["a layer is written that is to be packed", ["-o", "out"]],
  ] as const) {
    it(`ends it when ${what}, with nothing left`, async (test) => {
      const at = site(test);
      const output = join(at.directory, "layout");
      const args = [
        "-t",
        "x",
        "--iidfile",
        join(at.directory, "iid"),
        ...(more.length > 0 ? ["-o", `oci:${output}`] : []),
      ];
      const other = what.startsWith("another") ? start(at) : undefined;
      if (other !== undefined) await stopAtWork(test, other);
      const build = start(at, ...args);
      await build.begun;
      if (other !== undefined) await sleep(WHILE);
      const sent = performance.now();
      build.kill("SIGINT");
      const { status, stdout, stderr } = await build.run;
      assert.ok(performance.now() - sent < 15_000);
      other?.kill("SIGCONT");
      assert.equal((await other?.run)?.status ?? 0, 0);
      assert.equal(status, 130, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, /^ {2}code: CANCELLED /m);
      assert.doesNotMatch(stderr, /^ +at |warning/m);
      assert.deepEqual(namesIn(at.home), []);
      assert.deepEqual(readdirSync(at.directory).toSorted(), ["context", "home"]);
      await judge(at);
      await mustDistill(["build", at.context], { env: { DISTILL_HOME: at.home } });
    });
  }
});
