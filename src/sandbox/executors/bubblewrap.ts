import { statSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_CAPABILITIES } from "../capabilities.ts";
import { MASKED_PATHS, READ_ONLY_PATHS } from "../kernel-files.ts";
import { placeAt } from "../root/prologue.ts";
import { command, quoted } from "../shell.ts";
import { becomeProgram, CONFINING_TOOLS, NAMED_DIRECTORY, startLoopback } from "./confined.ts";
import type { Executor, PreparedJob } from "./executor.ts";
import { hostTools, lockProgram } from "./host-tools.ts";
import { linkDevices, mountDevicesAndSys } from "./kernel-mounts.ts";

/** Descriptors by which bubblewrap finds what it is given. */
const ARGUMENTS = 5;
const FILTER = 6;

/** The directory of copies of this machine's programs, until it is the current one. */
const TOOLS = 7;

/**
 * bubblewrap, from 0.5 on. It always sets no_new_privs, so set-user-ID programs are ordinary ones. `filter` is a seccomp
 * program. bubblewrap knows of capabilities, but neither of other users nor of groups: setpriv of this machine does the rest.
 */
export function bubblewrap(program: string, filter: Uint8Array | undefined): Executor {
  return {
    name: "bubblewrap",
    isFiltered: filter !== undefined,
    namespaces: ({ network }) => ["ipc", "uts", ...(network === "none" ? (["net"] as const) : [])],
    execution: (job) => {
      const files = new Map([["arguments", Buffer.from(`${argumentsOf(job, filter !== undefined).join("\0")}\0`)]]);
      if (filter !== undefined) files.set("filter", Buffer.from(filter));
      return {
        files,
        script: [
          ...lockProgram(program),
          ...mountDevicesAndSys(job),
          ...job.staged.flatMap((each) => placeAt(job.root, each)),
          ...linkDevices(job),
          command("hostname", job.hostname),
          ...(job.network === "none" ? [startLoopback()] : []),
          ...start(job, [program, "--args", String(ARGUMENTS), "--"], filter !== undefined),
        ],
      };
    },
  };
}

function start(job: PreparedJob, bubblewrap: readonly string[], filtered: boolean): readonly string[] {
  const tools = hostTools(CONFINING_TOOLS);
  const copies = join(job.private, "tools");
  const held = `/proc/self/fd/${TOOLS}`;
  const letGo = `cd ${held} && exec ${TOOLS}<&- && ${NAMED_DIRECTORY} exec "$@"`;
  const open = (descriptor: number, path: string): string => `exec ${descriptor}< ${quoted(path)}`;
  return [
    ...tools.copyTo(copies, []),
    "cd /",
    open(ARGUMENTS, join(job.private, "files/arguments")),
    ...(filtered ? [open(FILTER, join(job.private, "files/filter"))] : []),
    open(TOOLS, copies),
    // From here on it lies nowhere: nobody gets from it to the directories around it.
    command("umount", "-n", "-l", copies),
    `exec ${command(...bubblewrap, ...tools.start("sh", held), "-c", letGo, "sh", ...becomeProgram(job, tools, []))}`,
  ];
}

function argumentsOf({ root }: PreparedJob, filtered: boolean): readonly string[] {
  return [
    // All but /proc is mounted there already, with what may be done to it.
    ...["--dev-bind", root, "/", "--proc", "/proc"],
    ...READ_ONLY_PATHS.flatMap((path) => ["--ro-bind-try", path, path]),
    ...MASKED_PATHS.filter((path) => path.startsWith("/proc/")).flatMap(hide),
    ...["--unshare-pid", "--as-pid-1"],
    ...["--cap-drop", "ALL", ...DEFAULT_CAPABILITIES.flatMap((name) => ["--cap-add", name])],
    ...(filtered ? ["--seccomp", String(FILTER)] : []),
  ];
}

/** What one namespace of processes shows there, another shows too. */
function hide(path: string): readonly string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  return found.isDirectory() ? ["--tmpfs", path, "--remount-ro", path] : ["--dev-bind", "/dev/null", path];
}
