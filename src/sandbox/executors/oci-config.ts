import { displayPath } from "../../rootfs/path.ts";
import { DEFAULT_CAPABILITIES } from "../capabilities.ts";
import { DEVICES, MASKED_PATHS, READ_ONLY_PATHS } from "../kernel-files.ts";
import type { PreparedJob, Staged } from "./executor.ts";

/** What differs from runtime to runtime, as the specification has it. */
export interface MoreConfig {
  readonly seccomp: object | undefined;
  readonly hooks: object | undefined;
  /** Whether the runtime provides the devices that every program finds, by itself. */
  readonly providesDevices: boolean;
}

/** The configuration of a job for an OCI runtime (runtime-spec, config.md). Limits of resources are none of it. */
export function ociConfig(job: PreparedJob, { seccomp, hooks, providesDevices }: MoreConfig): object {
  const { user, network, mapping } = job;
  // Where there is one user only, nobody may choose groups.
  const groups = mapping.kind === "single" ? [] : user.groups;
  const capabilities = DEFAULT_CAPABILITIES;
  return {
    ociVersion: "1.0.2",
    hostname: job.hostname,
    root: { path: job.root, readonly: false },
    process: {
      terminal: false,
      user: { uid: user.uid, gid: user.gid, ...(groups.length > 0 && { additionalGids: groups }) },
      args: job.arguments,
      env: job.environment,
      cwd: displayPath(job.directory),
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
      noNewPrivileges: false,
    },
    mounts: [...kernelMounts(job, providesDevices), ...job.staged.map(bindOf)],
    ...(hooks !== undefined && { hooks }),
    linux: {
      // Below the group of the runtime, so that limits hold; an ordinary user may make none, and runtimes then do without.
      ...(mapping.kind === "root" && { cgroupsPath: job.id }),
      namespaces: ["pid", "ipc", "uts", "mount", ...(network === "none" ? ["network"] : [])].map((type) => ({ type })),
      maskedPaths: MASKED_PATHS,
      readonlyPaths: READ_ONLY_PATHS,
      ...(seccomp !== undefined && { seccomp }),
    },
  };
}

/**
 * Devices are those of this machine, bound one by one, and no others can be opened: not every machine has cgroups that say which
 * may be, and programs may make their own.
 */
function kernelMounts({ mapping, network }: PreparedJob, providesDevices: boolean): readonly object[] {
  const strict = ["nosuid", "noexec", "nodev"];
  const terminals = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"];
  // Whoever did not make the network namespace may not mount its /sys, only show the one that is there.
  const ownsNetwork = mapping.kind === "root" || network === "none";
  return [
    { destination: "/proc", type: "proc", source: "proc", options: strict },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "nodev", "strictatime", "mode=755", "size=65536k"],
    },
    ...(providesDevices ? [] : DEVICES).map((name) => ({
      ...{ destination: `/dev/${name}`, type: "none", source: `/dev/${name}` },
      options: ["bind", "nosuid", "noexec"],
    })),
    {
      ...{ destination: "/dev/pts", type: "devpts", source: "devpts" },
      options: mapping.kind === "single" ? terminals : [...terminals, "gid=5"],
    },
    { destination: "/dev/shm", type: "tmpfs", source: "shm", options: [...strict, "mode=1777", "size=65536k"] },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: strict },
    ownsNetwork
      ? { destination: "/sys", type: "sysfs", source: "sysfs", options: [...strict, "ro"] }
      : { destination: "/sys", type: "none", source: "/sys", options: ["rbind", ...strict, "ro"] },
    ...(ownsNetwork
      ? []
      : [{ destination: "/sys/fs/cgroup", type: "tmpfs", source: "tmpfs", options: [...strict, "ro", "size=0"] }]),
  ];
}

function bindOf({ source, target, writable }: Staged): object {
  return {
    ...{ destination: displayPath(target), type: "none", source },
    options: ["rbind", "nosuid", "nodev", ...(writable ? [] : ["ro"])],
  };
}
