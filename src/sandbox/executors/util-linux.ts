import { join } from "node:path";
import { placeAt } from "../root/prologue.ts";
import { command } from "../shell.ts";
import { becomeProgram, CONFINING_TOOLS, NAMED_DIRECTORY, startLoopback } from "./confined.ts";
import type { Executor, PreparedJob } from "./executor.ts";
import { hostTools } from "./host-tools.ts";
import { linkDevices, mountDevicesAndSys, mountProc } from "./kernel-mounts.ts";
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
        ...mountProc(job),
        ...mountDevicesAndSys(job),
        ...job.staged.flatMap((each) => placeAt(job.root, each)),
        ...linkDevices(job),
        ...enterRoot(job, filter),
      ],
      files: new Map(filter === undefined ? [] : [["filter", filter.program]]),
    }),
  };
}

/**
 * Makes the root file system the root directory, lets go of the one before, and becomes the program. After pivot_root, the
 * programs that are still needed are reached by the current directory, which leads to copies of them and nowhere else.
 */
function enterRoot(job: PreparedJob, filter: PerlFilter | undefined): readonly string[] {
  const tools = hostTools(["umount", "rmdir", ...CONFINING_TOOLS, ...(filter === undefined ? [] : ["perl"])]);
  const more = filter === undefined ? [] : [join(job.private, "files/filter")];
  const copies = join(job.private, "tools");
  const setFilter = filter === undefined ? [] : [...tools.start("perl"), ...filter.start("filter")];
  const { root } = job;
  return [
    command("hostname", job.hostname),
    ...(job.network === "none" ? [startLoopback()] : []),
    ...tools.copyTo(copies, more),
    command("mkdir", join(root, "dev/.distill")),
    command("cd", copies),
    command("pivot_root", root, join(root, "dev/.distill")),
    command(...tools.start("umount"), "-n", "-l", "/dev/.distill"),
    command(...tools.start("rmdir"), "/dev/.distill"),
    `${NAMED_DIRECTORY} exec ${command(...becomeProgram(job, tools, setFilter))}`,
  ];
}
