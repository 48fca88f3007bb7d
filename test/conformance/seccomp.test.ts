import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { DEFAULT_CAPABILITIES } from "../../src/sandbox/capabilities.ts";
import { assemble } from "../../src/sandbox/seccomp/bpf.ts";
import { ociSeccomp } from "../../src/sandbox/seccomp/oci.ts";
import { ENOSYS, EPERM, profileFor } from "../../src/sandbox/seccomp/profile.ts";
import { conventionsOf, thisMachine } from "../../src/sandbox/seccomp/syscalls.ts";
import { compileC } from "../support/compiled.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { unlessTools } from "../support/tools.ts";

const PROFILE = profileFor(DEFAULT_CAPABILITIES);
const machine = thisMachine();

/** Calls with arguments, and the error number that the filter gives; undefined for one that reaches the kernel. */
const CALLS: readonly (readonly [name: string, args: readonly number[], refused: number | undefined])[] = [
  ["getpid", [], undefined],
  ["chroot", [1], undefined],
  ["ptrace", [99999, 0, 0, 0], undefined],
  ["mount", [1, 1, 1, 0, 0], EPERM],
  ["umount2", [1, 0], EPERM],
  ["pivot_root", [1, 1], EPERM],
  ["unshare", [0], EPERM],
  ["setns", [99, 0], EPERM],
  ["keyctl", [99999], EPERM],
  ["add_key", [0, 0, 0, 0], EPERM],
  ["request_key", [0, 0, 0, 0], EPERM],
  ["bpf", [9999, 0, 0], EPERM],
  ["perf_event_open", [0, 0, 0, 0, 0], EPERM],
  ["userfaultfd", [0xffff], EPERM],
  ["io_uring_setup", [0, 0], EPERM],
  ["open_by_handle_at", [99, 0, 0], EPERM],
  ["kexec_load", [0, 99, 0, 0], EPERM],
  ["init_module", [0, 0, 0], EPERM],
  ["reboot", [1, 2, 3, 0], EPERM],
  ["swapon", [1, 0], EPERM],
  ["move_mount", [99, 0, 99, 0, 0], EPERM],
  ["fsopen", [1, 99], EPERM],
  ["get_mempolicy", [0, 0, 0, 0, 99], EPERM],
  ["process_madvise", [99, 0, 0, 0, 99], EPERM],
  ["clone", [0x1000_0011], EPERM],
  ["clone", [0x0200_0011], EPERM],
  ["clone", [0x7e02_0011], EPERM],
  ["clone3", [0, 0], ENOSYS],
  ["personality", [0xffff_ffff], undefined],
  ["personality", [0x20008], undefined],
  ["personality", [0x4_0000], ENOSYS],
  ["socket", [1, 1, 0], undefined],
  ["socket", [2, 1, 0], undefined],
  ["socket", [16, 3, 0], undefined],
  ["socket", [38, 5, 0], EPERM],
  ["socket", [40, 1, 0], EPERM],
];

/** Bits above those that the kernel reads, which must not open a way around. */
const WIDE: typeof CALLS = [
  ["socket", [2 ** 32 + 38, 5, 0], EPERM],
  ["socket", [2 ** 40 + 40, 1, 0], EPERM],
];

const LATER = 5000;

type Convention = "native" | "i386";

/** Runs the program with the calls inside a sandbox. */
type Run = (...command: readonly string[]) => string;

describe("the filter in the kernel", { skip: unlessSandboxes() }, () => {
  const directory = makeTemporaryDirectory();
  const root = join(directory.path, "root");
  after(() => directory.remove());
  before(async () => {
    for (const name of ["proc", "dev", "sys"]) mkdirSync(join(root, name), { recursive: true });
    await compileC("calls.c", root, "-static");
  });

  const runs: Readonly<Record<string, Run>> = {
    bwrap: (...command) => bubblewrap(root, command),
    runc: (...command) => runtime("runc", root, command),
    crun: (...command) => runtime("crun", root, command),
  };
  for (const [name, run] of Object.entries(runs)) {
    const skip = name === "bwrap" ? unlessTools(name) : unlessRuntime(name);
    for (const convention of ["native", "i386"] as const) {
      const skipped = skip || (convention === "i386" && machine !== "x86-64" && "needs x86-64");
      test(`refuses and allows what the profile says, ${convention} under ${name}`, { skip: skipped }, (context) => {
        if (convention === "i386" && !runs32Bit(root)) return context.skip("needs a kernel that runs 32-bit programs");
        const cases = convention === "native" ? [...CALLS, ...WIDE] : CALLS;
        const [seccomp, ...results] = resultsOf(run, convention, cases);
        assert.equal(seccomp, "Seccomp:\t2");
        assert.equal(results.pop(), String(ENOSYS), "a later call");
        for (const [index, [call, args, refused]] of cases.entries()) {
          const what = `${call}(${args.join(", ")}): ${results[index]}`;
          if (refused !== undefined) assert.equal(results[index], String(refused), what);
          else assert.ok(![EPERM, ENOSYS, -1].map(String).includes(results[index] ?? "-1"), what);
        }
      });
    }
  }

  test("without it, the same calls reach the kernel", { skip: unlessTools("bwrap") }, () => {
    const [seccomp, ...results] = resultsOf((...command) => bubblewrap(root, command, false), "native", CALLS);
    assert.equal(seccomp, "Seccomp:\t0");
    const mount = CALLS.findIndex(([name]) => name === "mount");
    assert.notEqual(results[mount], String(EPERM));
  });
});

function resultsOf(run: Run, convention: Convention, cases: typeof CALLS): string[] {
  const calls = cases.map(([name, args]) => callOf(convention, name, args));
  return run("/calls", convention, ...calls, String(LATER))
    .trimEnd()
    .split("\n");
}

function callOf(convention: Convention, name: string, args: readonly number[]): string {
  const { numbers } = conventionsOf(machine ?? "x86-64")[convention === "native" ? 0 : 1]!;
  const number = numbers.get(name);
  assert.ok(number !== undefined, name);
  return [number, ...args].join(":");
}

function bubblewrap(root: string, command: readonly string[], filtered = true): string {
  const filter = join(root, "..", "filter");
  writeFileSync(filter, assemble(PROFILE, machine ?? "x86-64"));
  const args = ["--bind", root, "/", "--proc", "/proc", "--dev", "/dev", "--unshare-all", "--cap-add", "ALL"];
  return run("sh", [
    "-c",
    'exec "$@" 9< "$0"',
    filter,
    "bwrap",
    ...args,
    ...(filtered ? ["--seccomp", "9"] : []),
    ...command,
  ]);
}

let containers = 0;

function runtime(program: string, root: string, command: readonly string[]): string {
  const id = `distill-test-${process.pid}-${++containers}`;
  const bundle = join(root, "..", id);
  mkdirSync(bundle);
  const capabilities = DEFAULT_CAPABILITIES;
  const config = {
    ociVersion: "1.0.2",
    root: { path: root },
    process: {
      ...{ user: { uid: 0, gid: 0 }, args: command, env: [], cwd: "/" },
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    },
    mounts: [{ destination: "/proc", type: "proc", source: "proc" }],
    linux: {
      namespaces: ["pid", "ipc", "uts", "mount", "network"].map((type) => ({ type })),
      seccomp: ociSeccomp(PROFILE, machine ?? "x86-64"),
    },
  };
  writeFileSync(join(bundle, "config.json"), JSON.stringify(config));
  return run("unshare", [
    "-m",
    "sh",
    "-c",
    HIDE_UNIFIED,
    program,
    "--root",
    join(bundle, "state"),
    "run",
    "-b",
    bundle,
    id,
  ]);
}

/** crun refuses to work where both versions of cgroups are mounted. */
const HIDE_UNIFIED = `
  case $0 in *crun) [ ! -d /sys/fs/cgroup/unified ] || mount --bind /sys/fs/cgroup/unified /sys/fs/cgroup ;; esac
  exec "$0" "$@"`;

function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  assert.equal(status, 0, `${program}: ${stderr}`);
  return stdout;
}

function runs32Bit(root: string): boolean {
  return run(join(root, "calls"), ["i386", callOf("i386", "getpid", [])]).endsWith("\n0\n");
}

function unlessSandboxes(): false | string {
  if (machine === undefined) return "needs Linux on x86-64 or aarch64";
  return unlessTools("gcc");
}

function unlessRuntime(name: string): false | string {
  if (process.getuid?.() !== 0) return "needs root";
  return unlessTools(name, "unshare") || (!existsSync("/sys/fs/cgroup") && "needs cgroups");
}
