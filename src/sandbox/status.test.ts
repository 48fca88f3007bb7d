import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { SAY_STARTED, ScriptStatus, watched } from "./status.ts";

async function statusOf(text: string): Promise<ScriptStatus> {
  const stream = new PassThrough();
  const status = new ScriptStatus(stream);
  stream.end(text);
  await turn();
  return status;
}

describe("what a script says of itself", () => {
  test("a number, a start, and no failure", async () => {
    const { pid, started, failure } = await statusOf("pid 17\nstarted\n");
    assert.deepEqual([pid, started, failure], [17, true, undefined]);
  });

  test("nothing of it before it is said", async () => {
    const { pid, started, failure } = await statusOf("pid 1");
    assert.deepEqual([pid, started, failure], [1, false, undefined]);
  });

  for (const line of [
    'time="2026-01-01T00:00:00Z" level=error msg="runc run failed: unable to start container process: exec: \\"/x\\": not found"',
    'runc run failed: unable to start container process: exec: "x": executable file not found in $PATH',
    "executable file `/nope` not found in $PATH: No such file or directory",
    "open executable: Permission denied",
    "chdir `/file`: Not a directory",
    'unable to start container process: chdir to cwd ("/x") set in config.json failed: permission denied',
    "unable to start container process: error during container init: mkdir /file: not a directory",
  ]) {
    test(`the program's own fault: ${line}`, async () => {
      assert.equal((await statusOf(`started\nfailed\n${line}\n`)).failure, undefined);
    });
  }

  for (const line of [
    "mount `proc` to `proc`: Operation not permitted",
    'unable to start container process: error during container init: error mounting "proc" to rootfs at "/proc": no such device',
    "unable to apply apparmor profile: write /proc/self/attr/exec: no such file or directory",
    "unable to apply cgroup configuration: mkdir /sys/fs/cgroup/cpuset/x: no such file or directory",
    "cgroups in hybrid mode not supported, drop all controllers from cgroupv2",
  ]) {
    test(`a fault of this machine: ${line}`, async () => {
      assert.equal((await statusOf(`started\nfailed\n${line}\n`)).failure, line);
    });
  }

  test("a message behind its level, and no warnings", async () => {
    const log = (level: string, text: string): string => `time="2026-01-01T00:00:00Z" level=${level} msg=${text}\n`;
    const warned = `started\nfailed\n${log("warning", '"no oom kill count"')}`;
    assert.equal((await statusOf(warned)).failure, undefined);
    const { failure } = await statusOf(`${warned}${log("error", '"no \\"proc\\" here"')}`);
    assert.equal(failure, 'no "proc" here');
  });

  test("a runtime that did nothing", async () => {
    assert.match((await statusOf("started\nfailed\n")).failure ?? "", /before it did anything/);
  });
});

describe("a runtime that is watched", () => {
  const run = (runtime: string, log: string): { readonly status: number | null; readonly said: string } => {
    const script = ["set -e", ...watched(runtime, log)].join("\n");
    const stdio = ["ignore", "ignore", "ignore", "ignore", "pipe"] as const;
    const { status, output } = spawnSync("/bin/sh", ["-c", script], { stdio: [...stdio], encoding: "utf8" });
    return { status, said: output[4] ?? "" };
  };

  test("ends like it, and has not the descriptor", (t) => {
    const log = join(temporaryDirectory(t), "log");
    const runtime = `sh -c ': > ${log}; echo hello >&4 || exit 7'`;
    assert.deepEqual(run(runtime, log), { status: 7, said: "started\n" });
    assert.deepEqual(run(`sh -c ': > ${log}; kill -9 $$'`, log), { status: 137, said: "started\n" });
  });

  test("is heard when it fails, or has not even begun its log", (t) => {
    const log = join(temporaryDirectory(t), "lo'g");
    writeFileSync(log, "");
    assert.deepEqual(run("false", log), { status: 1, said: "started\n" });
    writeFileSync(log, "no namespaces\n");
    assert.deepEqual(run("false", log), { status: 1, said: "started\nfailed\nno namespaces\n" });
    const other = `${log}-none`;
    assert.deepEqual(run("/nowhere/runc", other), { status: 127, said: "started\nfailed\n" });
    assert.ok(!existsSync(other));
  });

  test("a program that is started has not the descriptor", () => {
    const stdio = ["ignore", "ignore", "ignore", "ignore", "pipe"] as const;
    const script = `${SAY_STARTED}; exec sh -c 'echo more >&4 || exit 7'`;
    const { status, output } = spawnSync("/bin/sh", ["-c", script], { stdio: [...stdio], encoding: "utf8" });
    assert.deepEqual([status, output[4]], [7, "started\n"]);
  });
});
