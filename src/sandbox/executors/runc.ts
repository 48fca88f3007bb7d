import { join } from "node:path";
import { command } from "../shell.ts";
import type { Execution, Executor, PreparedJob } from "./executor.ts";
import { ociConfig } from "./oci-config.ts";

/** runc, the reference implementation of the runtime specification. It makes a cgroup, named like the job. */
export function runc(program: string, seccomp: object | undefined): Executor {
  return {
    name: "runc",
    namespaces: () => [],
    execution: (job) =>
      ociExecution(job, seccomp, [program, ...(job.mapping.kind === "root" ? [] : ["--rootless=true"])]),
  };
}

/** Runs an OCI runtime on a bundle in the private directory, where it keeps its state too. */
export function ociExecution(job: PreparedJob, seccomp: object | undefined, runtime: readonly string[]): Execution {
  const bundle = join(job.private, "files");
  return {
    script: [`exec ${command(...runtime, "--root", join(job.private, "state"), "run", "--bundle", bundle, job.id)}`],
    files: new Map([["config.json", Buffer.from(JSON.stringify(ociConfig(job, seccomp)))]]),
  };
}
