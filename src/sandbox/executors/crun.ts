import { existsSync } from "node:fs";
import { command } from "../shell.ts";
import type { Executor } from "./executor.ts";
import { ociExecution } from "./runc.ts";

/** crun. It needs no cgroup, and refuses machines with both versions of cgroups mounted: none of them is shown to it. */
export function crun(program: string, seccomp: object | undefined): Executor {
  return {
    name: "crun",
    namespaces: () => [],
    execution: (job) => {
      const { script, files } = ociExecution(job, seccomp, [program, "--cgroup-manager=disabled"]);
      const hidden = existsSync("/sys/fs/cgroup/unified")
        ? [command("mount", "-n", "-t", "tmpfs", "tmpfs", "/sys/fs/cgroup")]
        : [];
      return { script: [...hidden, ...script], files };
    },
  };
}
