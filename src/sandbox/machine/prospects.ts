import { EXECUTORS } from "../choose.ts";
import type { ExecutorName } from "../executors/executor.ts";
import type { MachineFacts, Missing } from "./facts.ts";

/** What can be said of an executor before it is tried. */
export interface Prospect {
  readonly name: ExecutorName;
  /** Whether its own programs are there: RUN takes the first of which that is so, and does not try another when that fails. */
  readonly installed: boolean;
  /** Nothing where it should work. */
  readonly missing: readonly Missing[];
  /** What programs miss in it that they have elsewhere. */
  readonly limits: readonly string[];
}

/** The program of an executor, and Debian's package of it. */
const OWN: Readonly<Record<ExecutorName, readonly (readonly [program: string, debian: string])[]>> = {
  crun: [["crun", "crun"]],
  runc: [["runc", "runc"]],
  bubblewrap: [["bwrap", "bubblewrap"]],
  "util-linux": [
    ["pivot_root", "util-linux"],
    ["umount", "mount"],
  ],
};

/** What all of them need around them. */
const COMMON: readonly (readonly [program: string, debian: string])[] = [
  ["unshare", "util-linux"],
  ["setpriv", "util-linux"],
  ["mount", "mount"],
  ["tar", "tar"],
];

const NO_SETUID = "set-user-ID programs run as who starts them";

const LIMITS: Readonly<Record<ExecutorName, readonly string[]>> = {
  crun: [],
  runc: [],
  bubblewrap: [NO_SETUID],
  "util-linux": [NO_SETUID],
};

/** Kernels from this one on let ordinary users mount overlays whose attributes are theirs (overlayfs, userxattr). */
const OVERLAY_FOR_USERS = { major: 5, minor: 11 };

/** What each executor needs here and lacks, in the order in which they are chosen. */
export function prospectsOf(facts: MachineFacts): readonly Prospect[] {
  const common = [...lacking(facts, COMMON), ...lackingRights(facts)];
  return EXECUTORS.map((name) => ({
    name,
    installed: lacking(facts, OWN[name]).length === 0,
    missing: [...lacking(facts, OWN[name]), ...common],
    limits: [...LIMITS[name], ...(facts.mapping.kind === "single" ? ["files belong to one user"] : [])],
  }));
}

function lacking(
  { programs }: MachineFacts,
  needed: readonly (readonly [program: string, debian: string])[],
): readonly Missing[] {
  return needed
    .filter(([program]) => !programs.has(program))
    .map(([program, debian]) => ({ what: `${program} is not installed`, remedy: `apt install ${debian}` }));
}

function lackingRights({ user, forbidden, container, overlay, kernel }: MachineFacts): readonly Missing[] {
  if (user.uid === 0) {
    if (user.administers) return [];
    const remedy = container === "docker" || container === "podman" ? `${container} run --privileged` : "CAP_SYS_ADMIN";
    return [{ what: "root may not mount here", remedy: `start the container with more rights: ${remedy}` }];
  }
  const isOld =
    kernel.major < OVERLAY_FOR_USERS.major || (kernel.major === 5 && kernel.minor < OVERLAY_FOR_USERS.minor);
  return [
    ...forbidden,
    ...(isOld
      ? [{ what: `Linux ${kernel.release} has no overlays for users`, remedy: "run as root, or Linux 5.11" }]
      : []),
    ...(overlay ? [] : [{ what: "the kernel has no overlayfs loaded", remedy: "modprobe overlay" }]),
  ];
}
