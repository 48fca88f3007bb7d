import { join } from "node:path";
import { command } from "../shell.ts";
import { watched } from "../status.ts";
import type { Execution, Executor, PreparedJob } from "./executor.ts";
import { lockProgram } from "./host-tools.ts";
import { type MoreConfig, ociConfig } from "./oci-config.ts";

/** runc, the reference implementation of the runtime specification. It makes a cgroup, named like the job. */
export function runc(program: string, seccomp: object | undefined): Executor {
  return {
    name: "runc",
    isFiltered: seccomp !== undefined,
    namespaces: () => [],
    execution: (job) => {
      const isRoot = job.mapping.kind === "root";
      // In a user namespace it binds those of this machine itself, and stumbles over those that are bound already.
      const more = { seccomp, hooks: undefined, providesDevices: !isRoot };
      return ociExecution(job, more, [program, ...(isRoot ? [] : ["--rootless=true"])]);
    },
  };
}

/** Runs an OCI runtime on a bundle in the private directory, where it keeps its state too. */
export function ociExecution(job: PreparedJob, more: MoreConfig, runtime: readonly [string, ...string[]]): Execution {
  const [bundle, state, log] = ["files", "state", "log"].map((name) => join(job.private, name)) as [
    string,
    string,
    string,
  ];
  const run = command(...runtime, "--root", state, "--log", log, "run", "--bundle", bundle, job.id);
  return {
    script: [...lockProgram(runtime[0]), ...watched(run, log)],
    files: new Map([["config.json", Buffer.from(JSON.stringify(ociConfig(job, more)))]]),
  };
}
