import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { isDistillError } from "../../lib/errors.ts";
import { ownIdentity } from "../../lib/process-identity.ts";
import { makeCgroup } from "./cgroup.ts";
import { type Hierarchy, readHierarchies } from "./hierarchies.ts";
import { parseLimits } from "./limits.ts";
import { newGroupName, ownerOf } from "./names.ts";
import { removeStaleGroups } from "./removal.ts";

const BOTH = { memory: 64 * 2 ** 20, cpus: 1.5 };
const textOf = (path: string): string => readFileSync(path, "utf8");

describe("limits", () => {
  test("are read as docker reads them", () => {
    assert.deepEqual(parseLimits("512m", "1.5"), { memory: 512 * 2 ** 20, cpus: 1.5 });
    assert.deepEqual(parseLimits("1.5g", undefined), { memory: 1.5 * 2 ** 30, cpus: undefined });
    assert.deepEqual(parseLimits("67108864", ".5".padStart(3, "0")), { memory: 67_108_864, cpus: 0.5 });
    for (const [memory, cpus] of [
      ["1k"],
      ["much"],
      ["-1"],
      ["1GiB", "0"],
      ["1GiB", "-1"],
      ["1GiB", "0.001"],
      ["1GiB", "1e3"],
    ]) {
      assert.throws(
        () => parseLimits(memory, cpus),
        (error) => isDistillError(error, "USAGE"),
        `${memory} ${cpus}`,
      );
    }
  });
});

describe("groups of version 2", () => {
  test("stand in the nearest group that hands its controllers on, with an inner one for the processes", async (t) => {
    const { hierarchy, mountPoint } = unified(t, {
      "": "memory cpu",
      "user.slice": "memory cpu",
      "user.slice/session": "",
    });
    const group = makeCgroup(BOTH, [hierarchy]);
    const [joined = ""] = group.joins;
    const directory = dirname(dirname(joined));
    assert.equal(dirname(directory), join(mountPoint, "user.slice"));
    assert.equal(textOf(join(directory, "memory.max")), "67108864");
    assert.equal(textOf(join(directory, "cpu.max")), "150000 100000");
    assert.equal(textOf(join(directory, "memory.swap.max")), "0");
    assert.equal(group.joins.length, 1);
  });

  test("tell of processes that were ended for lack of memory", (t) => {
    const { hierarchy } = unified(t, { "": "memory cpu", "user.slice": "memory cpu", "user.slice/session": "memory" });
    const group = makeCgroup({ memory: 2 ** 26, cpus: undefined }, [hierarchy]);
    const directory = dirname(dirname(group.joins[0] ?? ""));
    assert.equal(dirname(directory), hierarchy.own);
    assert.equal(group.ranOutOfMemory(), false);
    writeFileSync(join(directory, "memory.events"), "low 0\nhigh 0\nmax 12\noom 0\noom_kill 0\n");
    assert.equal(group.ranOutOfMemory(), false);
    writeFileSync(join(directory, "memory.events"), "low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\n");
    assert.equal(group.ranOutOfMemory(), true);
  });

  test("are refused where no group has the controllers, and it is said what is missing", (t) => {
    const { hierarchy } = unified(t, { "": "memory", "user.slice": "memory", "user.slice/session": "" }, "memory");
    const failure = failureOf(() => makeCgroup(BOTH, [hierarchy]));
    assert.match(failure, /cpu: this machine has no such control group/);
    const without = unified(t, { "": "", "user.slice": "", "user.slice/session": "" });
    assert.match(
      failureOf(() => makeCgroup(BOTH, [without.hierarchy])),
      /memory and cpu: no group around/,
    );
    assert.match(
      failureOf(() => makeCgroup(BOTH, [])),
      /memory: this machine has no such control group/,
    );
  });
});

describe("this process's groups", () => {
  test("are found by its mounts and its numbers", (t) => {
    const process = temporaryDirectory(t);
    const root = join(process, "cg root");
    mkdirSync(join(root, "memory/here"), { recursive: true });
    mkdirSync(join(root, "unified/a/b"), { recursive: true });
    writeFileSync(join(root, "unified/cgroup.controllers"), "hugetlb pids\n");
    const at = root.replace(" ", "\\040");
    writeFileSync(
      join(process, "mountinfo"),
      [
        `30 22 0:27 / ${at} rw,relatime - tmpfs tmpfs rw,mode=755`,
        `34 30 0:31 /docker/abc ${at}/memory rw,relatime shared:9 - cgroup cgroup rw,memory`,
        `35 30 0:32 / ${at}/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct`,
        `40 30 0:37 / ${at}/unified rw,relatime master:3 - cgroup2 cgroup2 rw`,
        `41 30 0:37 / ${at}/again rw,relatime - cgroup2 cgroup2 rw`,
      ].join("\n"),
    );
    writeFileSync(
      join(process, "cgroup"),
      "4:memory:/docker/abc/here\n2:cpu,cpuacct:/gone\n1:name=systemd:/\n0::/a/b\n",
    );
    assert.deepEqual(readHierarchies(process), [
      ...[
        {
          version: 1,
          mountPoint: join(root, "memory"),
          controllers: new Set(["memory"]),
          own: join(root, "memory/here"),
        },
      ],
      ...[
        { version: 1, mountPoint: join(root, "cpu"), controllers: new Set(["cpu", "cpuacct"]), own: join(root, "cpu") },
      ],
      {
        ...{ version: 2, mountPoint: join(root, "unified"), controllers: new Set(["hugetlb", "pids"]) },
        own: join(root, "unified/a/b"),
      },
    ]);
    assert.deepEqual(readHierarchies(join(process, "missing")), []);
  });

  test("have names that say whose they are", () => {
    const own = ownIdentity();
    assert.deepEqual(ownerOf(newGroupName()), own);
    assert.notEqual(newGroupName(), newGroupName());
    for (const name of ["distill", "distill-1", "distill-1-2-3", "distill-x-2-3-4", "other-1-2-3-4"]) {
      assert.equal(ownerOf(name), undefined, name);
    }
  });
});

describe("groups of this machine", { skip: unlessGroups() }, () => {
  test("hold what joins to its memory, say so, and leave nothing", async () => {
    const group = makeCgroup({ memory: 32 * 2 ** 20, cpus: undefined });
    const directories = directoriesOf(group.joins);
    assert.equal(inGroup(group.joins, "true").status, 0);
    assert.equal(group.ranOutOfMemory(), false);
    const { status, signal } = inGroup(group.joins, "exec head -c 200000000 /dev/zero | tail -c 150000000 > /dev/null");
    assert.ok(status !== 0 || signal !== null, "it lived");
    assert.equal(group.ranOutOfMemory(), true);
    await group.remove();
    assert.deepEqual(directories.filter(existsSync), []);
  });

  test("hold what joins to its share of a processor", async () => {
    const group = makeCgroup({ memory: undefined, cpus: 0.1 });
    try {
      const { stdout } = inGroup(group.joins, "timeout 1 sh -c 'while :; do :; done'; times");
      const [, children = ""] = stdout.trim().split("\n");
      const seconds = [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
        (sum, [, m, s]) => sum + Number(m) * 60 + Number(s),
        0,
      );
      assert.ok(seconds > 0 && seconds < 0.5, `${seconds} s of 1 s`);
    } finally {
      await group.remove();
    }
  });

  test("go with what still runs in them and in groups in them", async () => {
    const group = makeCgroup(BOTH);
    for (const joins of group.joins) mkdirSync(join(dirname(joins), "inner"));
    const { stdout } = inGroup(
      group.joins.map((each) => join(dirname(each), "inner/cgroup.procs")),
      "sleep 600 > /dev/null 2>&1 & echo $!",
    );
    const pid = Number(stdout);
    assert.ok(isRunning(pid));
    await group.remove();
    assert.deepEqual(directoriesOf(group.joins).filter(existsSync), []);
    assert.equal(isRunning(pid), false);
  });

  test("go at the next start where their process has died, and only then", async () => {
    const own = ownIdentity();
    const parents = readHierarchies().map((each) => each.own);
    const dead = newGroupName({ ...own, pid: 4_000_000 });
    const elsewhere = newGroupName({ ...own, namespace: "pid:[1]" });
    const alive = newGroupName();
    const names = [dead, elsewhere, alive].flatMap((name) => parents.map((parent) => join(parent, name)));
    const made = names.filter((path) => spawnSync("mkdir", [path]).status === 0);
    try {
      await removeStaleGroups();
      const left = made.filter(existsSync);
      assert.ok(made.some((path) => path.endsWith(dead)));
      assert.deepEqual(
        left,
        made.filter((path) => !path.endsWith(dead)),
      );
    } finally {
      spawnSync("rmdir", made);
    }
  });
});

/** Directories that look like a hierarchy of version 2 in which this process is in user.slice/session. */
function unified(t: TestContext, handedOn: Readonly<Record<string, string>>, controllers = "memory cpu") {
  const mountPoint = temporaryDirectory(t);
  for (const [group, words] of Object.entries(handedOn)) {
    mkdirSync(join(mountPoint, group), { recursive: true });
    writeFileSync(join(mountPoint, group, "cgroup.subtree_control"), `${words}\n`);
  }
  const own = join(mountPoint, "user.slice/session");
  const hierarchy: Hierarchy = { version: 2, mountPoint, own, controllers: new Set(controllers.split(" ")) };
  return { mountPoint, hierarchy };
}

function failureOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.ok(isDistillError(error, "ENVIRONMENT"));
    return error.message;
  }
  return assert.fail("nothing was refused");
}

function inGroup(joins: readonly string[], script: string) {
  const lines = joins.map((file) => `echo 0 > '${file}'`).join("; ");
  return spawnSync("sh", ["-c", `${lines}; ${script}`], { encoding: "utf8" });
}

function directoriesOf(joins: readonly string[]): readonly string[] {
  return joins.map((file) => (dirname(file).endsWith("/run") ? dirname(dirname(file)) : dirname(file)));
}

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s+[ZX]/m.test(textOf(`/proc/${pid}/status`));
}

function unlessGroups(): false | string {
  try {
    void makeCgroup(BOTH).remove();
    return false;
  } catch (error) {
    return error instanceof Error ? `needs control groups: ${error.message}` : "needs control groups";
  }
}
