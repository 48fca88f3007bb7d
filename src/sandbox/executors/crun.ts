import { existsSync } from "node:fs";
import { command } from "../shell.ts";
import type { Executor, PreparedJob } from "./executor.ts";
import { ociExecution } from "./runc.ts";

/** crun. It needs no cgroup, and refuses machines with both versions of cgroups mounted: none of them is shown to it. */
export function crun(program: string, seccomp: object | undefined): Executor {
  return {
    name: "crun",
    isFiltered: seccomp !== undefined,
    namespaces: () => [],
    execution: (job) => {
      const { script, files } = ociExecution(job, { seccomp, hooks: hooks(job), providesDevices: false }, [
        program,
        "--cgroup-manager=disabled",
      ]);
      const hidden = existsSync("/sys/fs/cgroup/unified")
        ? [command("mount", "-n", "-t", "tmpfs", "tmpfs", "/sys/fs/cgroup")]
        : [];
      return { script: [...hidden, ...script], files };
    },
  };
}

/**
 * It mounts the root file system once more, and forgets that devices in it cannot be opened; the kernel does not where that was
 * mounted in a user namespace.
 */
function hooks({ mapping, root }: PreparedJob): object {
  if (mapping.kind !== "root") return {};
  // A hook that does not read what it is told may end before crun has said it, and crun then gives up.
  const again = `while read -r _; do :; done; ${command("mount", "-n", "-o", "remount,bind,nodev", root)}`;
  return {
    createContainer: [{ path: "/bin/sh", args: ["sh", "-c", again], env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"] }],
  };
}
