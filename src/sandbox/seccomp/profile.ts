import { ALLOWED } from "./allowed-calls.ts";
import { knownCalls } from "./syscalls.ts";

/** What becomes of a system call: it is made, or fails with an error number (errno(3)). */
export type Action = "allow" | { readonly errno: number };

/** Holds for an argument (0 to 5) of which the bits in `mask` are those of `value`. */
export interface Condition {
  readonly argument: number;
  readonly mask: bigint;
  readonly value: bigint;
}

/** Decides calls of these names for which all conditions hold. */
export interface Rule {
  readonly names: readonly string[];
  readonly when: readonly Condition[];
  readonly action: Action;
}

/** No two rules with different actions hold for one call; where none does, the kernel does not know the call (ENOSYS). */
export interface Profile {
  readonly rules: readonly Rule[];
}

export const EPERM = 1;
export const ENOSYS = 38;

/** What comes with a capability. */
const BY_CAPABILITY: Readonly<Record<string, string>> = {
  CAP_BPF: "bpf",
  CAP_DAC_READ_SEARCH: "open_by_handle_at",
  CAP_PERFMON: "perf_event_open",
  CAP_SYSLOG: "syslog",
  CAP_SYS_ADMIN: `
    bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules
    lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname
    sethostname setns syslog umount umount2 unshare`,
  CAP_SYS_BOOT: "reboot",
  CAP_SYS_CHROOT: "chroot",
  CAP_SYS_MODULE: "delete_module finit_module init_module",
  CAP_SYS_NICE: "get_mempolicy mbind set_mempolicy set_mempolicy_home_node",
  CAP_SYS_PACCT: "acct",
  CAP_SYS_PTRACE: "kcmp pidfd_getfd process_madvise",
  CAP_SYS_RAWIO: "ioperm iopl",
  CAP_SYS_TIME: "clock_settime clock_settime64 settimeofday stime",
  CAP_SYS_TTY_CONFIG: "vhangup",
};

/** CLONE_NEW* (linux/sched.h) but for CLONE_NEWTIME, which clone(2) cannot ask for: cgroup, UTS, IPC, user, PID, net, mount. */
const NAMESPACES = [0x0200_0000n, 0x0400_0000n, 0x0800_0000n, 0x1000_0000n, 0x2000_0000n, 0x4000_0000n, 0x0002_0000n];

/** Arguments that the kernel takes as int: bits above are dropped, and must not make another value of one. */
const INT = 0xffff_ffffn;

/** personality(2): Linux, with 32-bit machine names, with the version of Linux 2.6, both; and asking which one it is. */
const PERSONALITIES = [0n, 0x8n, 0x2_0000n, 0x2_0008n, INT];

const AF_ALG = 38n;
const AF_VSOCK = 40n;

/** All address families below 48 but these two, as masks and values: 0-31, 32-35, 36-37, 39, 41, 42-43, 44-47. */
const FAMILIES = [
  [INT - 31n, 0n],
  [INT - 3n, 32n],
  [INT - 1n, 36n],
  [INT, 39n],
  [INT, 41n],
  [INT - 1n, 42n],
  [INT - 3n, 44n],
] as const;

/**
 * What Docker, containerd and podman let a container do that has these capabilities ("CAP_CHOWN"): calls that are known and
 * not listed fail with EPERM, later ones with ENOSYS, so that programs fall back on older ones. A socket may be of no family
 * that reaches the crypto code of the kernel (AF_ALG) or the hypervisor (AF_VSOCK).
 */
export function profileFor(capabilities: readonly string[]): Profile {
  const allowed = new Set(words(ALLOWED));
  for (const name of capabilities) for (const call of words(BY_CAPABILITY[name] ?? "")) allowed.add(call);
  const conditional = [...sockets(), ...personalities(), ...(allowed.has("clone") ? [] : clones())];
  const decided = new Set([...allowed, ...conditional.flatMap(({ names }) => names)]);
  const refused = [...knownCalls()].filter((name) => !decided.has(name)).sort();
  return {
    rules: [
      { names: [...allowed].sort(), when: [], action: "allow" },
      ...conditional,
      // A library that meets EPERM gives up; with ENOSYS it uses clone, whose flags a filter can read.
      { names: refused.filter((name) => name === "clone3"), when: [], action: { errno: ENOSYS } },
      { names: refused.filter((name) => name !== "clone3"), when: [], action: { errno: EPERM } },
    ].filter(({ names }) => names.length > 0) as readonly Rule[],
  };
}

function sockets(): readonly Rule[] {
  const family = (mask: bigint, value: bigint, action: Action): Rule => {
    return { names: ["socket"], when: [{ argument: 0, mask, value }], action };
  };
  return [
    ...FAMILIES.map(([mask, value]) => family(mask, value, "allow")),
    ...[AF_ALG, AF_VSOCK].map((value) => family(INT, value, { errno: EPERM })),
  ];
}

function personalities(): readonly Rule[] {
  return PERSONALITIES.map((value) => {
    return { names: ["personality"], when: [{ argument: 0, mask: INT, value }], action: "allow" };
  });
}

/** Processes and threads without new namespaces. */
function clones(): readonly Rule[] {
  const flags = (mask: bigint, value: bigint, action: Action): Rule => {
    return { names: ["clone"], when: [{ argument: 0, mask, value }], action };
  };
  const all = NAMESPACES.reduce((sum, each) => sum | each, 0n);
  return [flags(all, 0n, "allow"), ...NAMESPACES.map((each) => flags(each, each, { errno: EPERM }))];
}

function words(list: string): readonly string[] {
  return list.split(/\s+/).filter((word) => word !== "");
}
