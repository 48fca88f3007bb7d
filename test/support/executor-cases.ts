import { pathFromText } from "../../src/rootfs/path.ts";
import { DEFAULT_CAPABILITIES } from "../../src/sandbox/capabilities.ts";
import type { ExecutorName } from "../../src/sandbox/executors/executor.ts";
import type { JobMount, JobUser } from "../../src/sandbox/job.ts";

/** What a program finds and does in a root file system; the same with every executor but those that are named. */
export interface ExecutorCase {
  readonly name: string;
  /** Of busybox's shell; or a program that runs without one. */
  readonly script: string | readonly string[];
  /** All of its output: text, or a pattern for it. */
  readonly output: string | RegExp;
  /** 0 unless it is given. */
  readonly status?: number;
  readonly user?: JobUser;
  readonly environment?: readonly string[];
  readonly directory?: string;
  readonly network?: "host" | "none";
  readonly mounts?: readonly JobMount[];
  /** Executors of which it is not so, as documented. */
  readonly exempt?: readonly ExecutorName[];
  /** Whether it needs more users than one. */
  readonly users?: boolean;
}

/** linux/capability.h: numbers of those that programs keep. */
const NUMBERS: Readonly<Record<string, number>> = {
  CAP_CHOWN: 0,
  CAP_DAC_OVERRIDE: 1,
  CAP_FOWNER: 3,
  CAP_FSETID: 4,
  CAP_KILL: 5,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_SETPCAP: 8,
  CAP_NET_BIND_SERVICE: 10,
  CAP_NET_RAW: 13,
  CAP_SYS_CHROOT: 18,
  CAP_MKNOD: 27,
  CAP_AUDIT_WRITE: 29,
  CAP_SETFCAP: 31,
};

const KEPT = DEFAULT_CAPABILITIES.reduce((bits, name) => bits | (1n << BigInt(NUMBERS[name] ?? 63)), 0n);
const MASK = KEPT.toString(16).padStart(16, "0");
const NONE = "0".repeat(16);

const ROOT_USER: JobUser = { uid: 0, gid: 0, groups: [] };
/** Runtimes add HOME where it is not given. */
const ODD = [
  "HOME=/",
  ...[
    "spaces and 'quotes' \"twice\"",
    "lines\nof\n\ttext",
    "$HOME `id` \\ * ; # !",
    "ünïcödé ☃",
    "",
    "a=b=c",
    "-n",
  ].map((value, index) => `V${index}=${value}`),
];

const memory = (target: string, content: string, writable = false): JobMount => ({
  ...{ kind: "memory", target: pathFromText(target), content: Buffer.from(content), writable },
  ...{ mode: 0o640, uid: 0, gid: 0 },
});

const tmpfs = (target: string): JobMount => ({ kind: "tmpfs", target: pathFromText(target), size: 1 << 20 });

/** Which of these paths can be written to. */
const writing = (...paths: readonly string[]): string =>
  paths.map((path) => `(echo 1 > ${path}) 2>/dev/null && echo "${path} can be written"`).join("; ");

export const EXECUTOR_CASES: readonly ExecutorCase[] = [
  { name: "its output is told", script: "echo out; echo err >&2", output: /^(?:out\nerr|err\nout)\n$/ },
  { name: "its exit status is that of the program", script: "exit 42", output: "", status: 42 },
  { name: "its exit status is 255 at most", script: "exit 255", output: "", status: 255 },
  {
    name: "what a signal ends in it is told by the shell",
    script: "(sh -c 'kill -9 $$'; echo $?) 2>/dev/null",
    output: "137\n",
  },
  { name: "it is the first process", script: "echo $$", output: "1\n" },
  { name: "it sees its own processes only", script: "ls /proc | grep -c '^[0-9]'", output: /^[1-4]\n$/ },
  { name: "standard input is empty", script: "cat; echo end", output: "end\n" },
  {
    // What others left open in distill is /dev/null for programs, where the executor does not close it.
    name: "it has no open files but the three",
    // Without a pipe or a substitution: the shell has those open itself for a moment.
    script: "for f in /proc/$$/fd/*; do case $f in */[012]) ;; *) readlink $f;; esac; done; true",
    output: /^(\/dev\/null\n)*$/,
  },
  {
    name: "its environment is what it is given, whatever that is",
    script: ["/bin/env"],
    environment: ODD,
    output: `${ODD.join("\n")}\n`,
  },
  {
    name: "names of variables may be odd",
    script: ["/bin/env"],
    environment: ["a.b-c=1", "PATH=/bin", "LD_PRELOAD=/nowhere.so"],
    output: /^(?=[\s\S]*a\.b-c=1)(?=[\s\S]*LD_PRELOAD=\/nowhere\.so)/,
  },
  { name: "it begins in its directory", script: "pwd", directory: "/srv/new", output: "/srv/new\n" },
  { name: "its umask is 022", script: "umask", output: "0022\n" },
  { name: "its host has its name", script: "hostname", output: "case\n" },
  { name: "root is root", script: "id -u; id -g; id -G", output: "0\n0\n0\n" },
  {
    name: "another user has his groups and no others",
    script: "id -u; id -g; id -G",
    user: { uid: 7, gid: 8, groups: [9, 10] },
    output: "7\n8\n8 9 10\n",
    users: true,
  },
  {
    name: "another user has no groups but his own where there are none",
    script: "id -u; id -G; touch /denied 2>/dev/null || echo no",
    user: { uid: 1000, gid: 1000, groups: [] },
    output: "1000\n1000\nno\n",
    users: true,
  },
  {
    name: "root has the capabilities of a container's",
    script: "grep ^Cap /proc/self/status",
    output: `CapInh:\t${NONE}\nCapPrm:\t${MASK}\nCapEff:\t${MASK}\nCapBnd:\t${MASK}\nCapAmb:\t${NONE}\n`,
  },
  {
    name: "another user has no capabilities",
    script: "grep ^Cap /proc/self/status",
    user: { uid: 1000, gid: 1000, groups: [] },
    output: `CapInh:\t${NONE}\nCapPrm:\t${NONE}\nCapEff:\t${NONE}\nCapBnd:\t${MASK}\nCapAmb:\t${NONE}\n`,
    users: true,
  },
  { name: "its system calls are filtered", script: "grep ^Seccomp: /proc/self/status", output: "Seccomp:\t2\n" },
  {
    name: "set-user-ID programs work",
    script: "mkdir /s && cp /bin/busybox /s/su && chmod 4755 /s/su && su user -c '/s/su root -c \"id -u\"'",
    environment: ["PATH=/bin"],
    output: "0\n",
    exempt: ["bubblewrap", "util-linux"],
    users: true,
  },
  {
    name: "no_new_privs is set where the executor needs it",
    script: "grep ^NoNewPrivs /proc/self/status",
    output: /^NoNewPrivs:\t[01]\n$/,
  },
  {
    name: "/dev has what programs need and nothing else",
    script:
      "ls /dev | grep -v '^core$' | tr '\\n' ' '; echo x > /dev/null; head -c 3 /dev/zero | wc -c; stat -c %a /dev/shm",
    output: "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero 3\n1777\n",
  },
  {
    name: "devices that it makes are of no use",
    script: "mknod /zero c 1 5 2>/dev/null && head -c 1 /zero 2>/dev/null | wc -c || echo 0",
    output: "0\n",
  },
  {
    name: "what /proc says of the machine is hidden",
    script:
      "for f in kcore keys timer_list interrupts; do [ ! -e /proc/$f ] || head -c 10 /proc/$f 2>/dev/null; done; ls /proc/acpi 2>/dev/null; true",
    output: "",
  },
  {
    name: "/proc and /sys cannot be changed",
    script: `${writing("/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/sys/new", "/sys/kernel/mm/ksm/run")}; mkdir /sys/fs/cgroup/x 2>/dev/null && echo made; true`,
    output: "",
  },
  {
    name: "nothing can be mounted",
    script: "mount -t tmpfs t /tmp 2>/dev/null && echo mounted; umount /proc 2>/dev/null && echo unmounted; true",
    output: "",
  },
  {
    name: "without network there is the loopback alone, and it works",
    script: "ls /sys/class/net; ip addr show lo | grep -c 'inet 127.0.0.1'",
    network: "none",
    output: /^lo\n1\n$/,
  },
  {
    name: "with that of the host there are its devices",
    script: "[ -e /proc/net/dev ] && wc -l < /proc/net/dev",
    network: "host",
    output: /^\d+\n$/,
  },
  {
    name: "files in memory are there, read-only or not",
    script:
      "cat /run/a/secret; stat -c %a /run/a/secret; (echo no > /run/a/secret) 2>/dev/null; echo more >> /open && cat /open",
    mounts: [memory("/run/a/secret", "one\n"), memory("/open", "two\n", true)],
    output: "one\n640\ntwo\nmore\n",
  },
  {
    name: "mounts lie within mounts",
    script: "echo x > /deep/below/here && cat /deep/below/file && df -P /deep/below | grep -c /deep/below$",
    mounts: [tmpfs("/deep"), tmpfs("/deep/below"), memory("/deep/below/file", "inside\n")],
    output: "inside\n1\n",
  },
  {
    name: "mounts may lie in /dev",
    script: "cat /dev/pipes/EOF; df -P /dev/shm | grep -c '1024 '",
    mounts: [memory("/dev/pipes/EOF", "text\n"), tmpfs("/dev/shm")],
    output: "text\n1\n",
  },
  {
    name: "limits are those of whoever builds",
    script: "ulimit -n",
    output: /^\d+\n$|^unlimited\n$/,
  },
];

export const DEFAULTS = { user: ROOT_USER, environment: ["PATH=/bin"], directory: "/", network: "none" } as const;
