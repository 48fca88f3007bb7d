import { join } from "node:path";
import { DistillError } from "../../lib/errors.ts";
import { displayPath } from "../../rootfs/path.ts";
import { DEFAULT_CAPABILITIES } from "../capabilities.ts";
import { DEVICE_LINKS, DEVICES, MASKED_PATHS, READ_ONLY_PATHS } from "../kernel-files.ts";
import { placeAt } from "../root/prologue.ts";
import { command, quoted } from "../shell.ts";
import type { Executor, PreparedJob } from "./executor.ts";
import { type HostTools, hostTools } from "./host-tools.ts";
import type { PerlFilter } from "./perl-filter.ts";

/**
 * Nothing but what every Linux machine has: mounts, pivot_root and setpriv, from a shell. no_new_privs is always set, so
 * set-user-ID programs are ordinary ones: without a filter that makes up for it, and with one the kernel demands it.
 */
export function utilLinux(filter: PerlFilter | undefined): Executor {
  return {
    name: "util-linux",
    isFiltered: filter !== undefined,
    namespaces: ({ network }) => ["ipc", "uts", ...(network === "none" ? (["net"] as const) : [])],
    execution: (job) => ({
      script: [
        ...mountKernelFiles(job),
        ...job.staged.flatMap((each) => placeAt(job.root, each)),
        ...enterRoot(job, filter),
      ],
      files: new Map(filter === undefined ? [] : [["filter", filter.program]]),
    }),
  };
}

const mount = (...words: readonly string[]): string => command("mount", "-n", ...words);

function mountKernelFiles(job: PreparedJob): readonly string[] {
  const { root, mapping } = job;
  const at = (path: string): string => `${root}${path}`;
  const strict = "nosuid,nodev,noexec";
  const terminals = `nosuid,noexec,newinstance,ptmxmode=0666,mode=0620${mapping.kind === "single" ? "" : ",gid=5"}`;
  return [
    mount("-t", "proc", "-o", strict, "proc", at("/proc")),
    ...mountSys(job),
    mount("-t", "tmpfs", "-o", "nosuid,nodev,strictatime,mode=755,size=65536k", "tmpfs", at("/dev")),
    command("mkdir", ...["/dev/pts", "/dev/shm", "/dev/mqueue"].map(at)),
    ...DEVICES.flatMap((name) => [
      `: > ${quoted(at(`/dev/${name}`))}`,
      mount("--bind", `/dev/${name}`, at(`/dev/${name}`)),
    ]),
    ...Object.entries(DEVICE_LINKS).map(([name, target]) => command("ln", "-s", target, at(`/dev/${name}`))),
    mount("-t", "devpts", "-o", terminals, "devpts", at("/dev/pts")),
    mount("-t", "tmpfs", "-o", `${strict},mode=1777,size=65536k`, "shm", at("/dev/shm")),
    mount("-t", "mqueue", "-o", strict, "mqueue", at("/dev/mqueue")),
    ...MASKED_PATHS.map((path) => {
      const hideDirectory = mount("-t", "tmpfs", "-o", "ro,size=0", "tmpfs", at(path));
      const hideFile = mount("--bind", "/dev/null", at(path));
      const p = quoted(at(path));
      return `if [ -d ${p} ]; then ${hideDirectory}; elif [ -e ${p} ]; then ${hideFile}; fi`;
    }),
    ...READ_ONLY_PATHS.map((path) => {
      const lock = `${mount("--bind", at(path), at(path))} && ${mount("-o", `remount,bind,ro,${strict}`, at(path))}`;
      return `if [ -e ${quoted(at(path))} ]; then ${lock}; fi`;
    }),
  ];
}

/** Whoever did not make the network namespace may not mount its /sys, only show the one that is there. */
function mountSys({ root, mapping, network }: PreparedJob): readonly string[] {
  const sys = `${root}/sys`;
  const strict = "nosuid,nodev,noexec";
  if (mapping.kind === "root" || network === "none") return [mount("-t", "sysfs", "-o", `ro,${strict}`, "sysfs", sys)];
  const lock = `mount -n -o remount,bind,ro,${strict} "$at"`;
  return [
    mount("--rbind", "/sys", sys),
    `while read -r _ _ _ _ at _; do case $at in ${quoted(sys)}|${quoted(sys)}/*) ${lock};; esac; done < /proc/self/mountinfo`,
    mount("-t", "tmpfs", "-o", `ro,${strict},size=0`, "tmpfs", `${sys}/fs/cgroup`),
  ];
}

/**
 * Makes the root file system the root directory, lets go of the one before, and becomes the program. After pivot_root, the
 * programs that are still needed are reached by the current directory, which leads to copies of them and nowhere else; the last
 * of them, env, leaves it. Nothing of the image runs before that.
 */
function enterRoot(job: PreparedJob, filter: PerlFilter | undefined): readonly string[] {
  const tools = hostTools(["umount", "rmdir", "setpriv", "env", ...(filter === undefined ? [] : ["perl"])]);
  const more = filter === undefined ? [] : [join(job.private, "files/filter")];
  const copies = join(job.private, "tools");
  const { root } = job;
  return [
    command("hostname", job.hostname),
    ...(job.network === "none" ? ["ip link set lo up 2>/dev/null || :"] : []),
    ...tools.copyTo(copies, more),
    command("mkdir", join(root, "dev/.distill")),
    command("cd", copies),
    command("pivot_root", root, join(root, "dev/.distill")),
    command(...tools.start("umount"), "-n", "-l", "/dev/.distill"),
    command(...tools.start("rmdir"), "/dev/.distill"),
    `exec ${command(...confined(job, tools, filter))}`,
  ];
}

function confined(
  { user, mapping, environment, directory, arguments: words }: PreparedJob,
  tools: HostTools,
  filter: PerlFilter | undefined,
) {
  const capabilities = DEFAULT_CAPABILITIES.map((name) => `+${name.slice(4).toLowerCase()}`);
  const groups = user.groups.length > 0 ? [`--groups=${user.groups.join(",")}`] : ["--clear-groups"];
  return [
    ...tools.start("setpriv"),
    `--bounding-set=-all,${capabilities.join(",")}`,
    ...["--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs"],
    ...[`--reuid=${user.uid}`, `--regid=${user.gid}`],
    ...(mapping.kind === "single" ? ["--keep-groups"] : groups),
    ...["--", ...(filter === undefined ? [] : [...tools.start("perl"), ...filter.start("filter")])],
    ...[...tools.start("env"), "-i", "-C", displayPath(directory), "--", ...environment, ...program(words)],
  ];
}

/** env takes whatever has an equals sign for a variable. */
function program(words: readonly string[]): readonly string[] {
  const [name = ""] = words;
  if (!name.includes("=")) return words;
  throw new DistillError("UNSUPPORTED", `a program named ${name} cannot be run by util-linux alone`, {
    hint: "install crun, or start it by another name",
  });
}
