import { DEVICE_LINKS, DEVICES, MASKED_PATHS, READ_ONLY_PATHS } from "../kernel-files.ts";
import { command, quoted } from "../shell.ts";
import type { PreparedJob } from "./executor.ts";

/** Lines of sh(1) that mount /dev and /sys below the root file system of a job, as container runtimes do. */
export function mountDevicesAndSys(job: PreparedJob): readonly string[] {
  return [...mountSys(job), ...mountDevices(job), ...hide(job.root, "/sys/")];
}

/** Lines that make the links of /dev, once nothing is to be mounted there any more, unless something is by that name. */
export function linkDevices({ root }: PreparedJob): readonly string[] {
  return Object.entries(DEVICE_LINKS).map(([name, target]) => {
    const at = `${root}/dev/${name}`;
    return `[ -e ${quoted(at)} ] || ${command("ln", "-s", target, at)}`;
  });
}

/** The same for /proc, for whoever is in the job's namespace of processes. */
export function mountProc({ root }: PreparedJob): readonly string[] {
  return [
    mount("-t", "proc", "-o", STRICT, "proc", `${root}/proc`),
    ...hide(root, "/proc/"),
    ...READ_ONLY_PATHS.map((path) => {
      const at = `${root}${path}`;
      const lock = `${mount("--bind", at, at)} && ${mount("-o", `remount,bind,ro,${STRICT}`, at)}`;
      return `if [ -e ${quoted(at)} ]; then ${lock}; fi`;
    }),
  ];
}

const STRICT = "nosuid,nodev,noexec";

const mount = (...words: readonly string[]): string => command("mount", "-n", ...words);

function mountDevices({ root, mapping }: PreparedJob): readonly string[] {
  const at = (path: string): string => `${root}${path}`;
  const terminals = `nosuid,noexec,newinstance,ptmxmode=0666,mode=0620${mapping.kind === "single" ? "" : ",gid=5"}`;
  return [
    mount("-t", "tmpfs", "-o", "nosuid,nodev,strictatime,mode=755,size=65536k", "tmpfs", at("/dev")),
    command("mkdir", ...["/dev/pts", "/dev/shm", "/dev/mqueue"].map(at)),
    ...DEVICES.flatMap((name) => [
      `: > ${quoted(at(`/dev/${name}`))}`,
      mount("--bind", `/dev/${name}`, at(`/dev/${name}`)),
    ]),
    mount("-t", "devpts", "-o", terminals, "devpts", at("/dev/pts")),
    mount("-t", "tmpfs", "-o", `${STRICT},mode=1777,size=65536k`, "shm", at("/dev/shm")),
    mount("-t", "mqueue", "-o", STRICT, "mqueue", at("/dev/mqueue")),
  ];
}

/** Whoever did not make the network namespace may not mount its /sys, only show the one that is there. */
function mountSys({ root, mapping, network }: PreparedJob): readonly string[] {
  const sys = `${root}/sys`;
  if (mapping.kind === "root" || network === "none") return [mount("-t", "sysfs", "-o", `ro,${STRICT}`, "sysfs", sys)];
  const lock = `mount -n -o remount,bind,ro,${STRICT} "$at"`;
  return [
    mount("--rbind", "/sys", sys),
    `while read -r _ _ _ _ at _; do case $at in ${quoted(sys)}|${quoted(sys)}/*) ${lock};; esac; done < /proc/self/mountinfo`,
    mount("-t", "tmpfs", "-o", `ro,${STRICT},size=0`, "tmpfs", `${sys}/fs/cgroup`),
  ];
}

/** Masks what lies below a prefix. */
function hide(root: string, prefix: string): readonly string[] {
  return MASKED_PATHS.filter((path) => path.startsWith(prefix)).map((path) => {
    const at = `${root}${path}`;
    const hideDirectory = mount("-t", "tmpfs", "-o", `ro,${STRICT},size=0`, "tmpfs", at);
    const hideFile = mount("--bind", "/dev/null", at);
    return `if [ -d ${quoted(at)} ]; then ${hideDirectory}; elif [ -e ${quoted(at)} ]; then ${hideFile}; fi`;
  });
}
