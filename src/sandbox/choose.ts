import { DistillError } from "../lib/errors.ts";
import type { Store } from "../store/store.ts";
import { DEFAULT_CAPABILITIES } from "./capabilities.ts";
import type { Limits } from "./cgroup/limits.ts";
import { bubblewrap } from "./executors/bubblewrap.ts";
import { crun } from "./executors/crun.ts";
import type { Executor, ExecutorName } from "./executors/executor.ts";
import { perlFilter } from "./executors/perl-filter.ts";
import { runc } from "./executors/runc.ts";
import { utilLinux } from "./executors/util-linux.ts";
import { mappingOfUser } from "./namespace/mapping.ts";
import { findProgram } from "./programs.ts";
import { Sandbox } from "./sandbox.ts";
import { assemble } from "./seccomp/bpf.ts";
import { ociSeccomp } from "./seccomp/oci.ts";
import { profileFor } from "./seccomp/profile.ts";
import { thisMachine } from "./seccomp/syscalls.ts";
import { TreeFiles } from "./trees.ts";

/** In the order in which they are preferred: those without limits first, the fastest of them before the others. */
export const EXECUTORS: readonly ExecutorName[] = ["crun", "runc", "bubblewrap", "util-linux"];

/** The sandbox of this machine and user. ENVIRONMENT where the executor that was asked for is not there. */
export function openSandbox(store: Store, wanted: ExecutorName | "auto", limits?: Limits): Sandbox {
  return new Sandbox(store, mappingOfUser(hasMapper()), chosen(wanted), limits);
}

/** Files of root file systems, as this user may write and remove them; no program is run in them. */
export function openTreeFiles(store: Store): TreeFiles {
  return new TreeFiles(store, mappingOfUser(hasMapper()));
}

function hasMapper(): boolean {
  return findProgram("newuidmap") !== undefined && findProgram("newgidmap") !== undefined;
}

function chosen(wanted: ExecutorName | "auto"): Executor {
  const names = wanted === "auto" ? EXECUTORS : [wanted];
  const found = names.map(executorOf).find((each) => each !== undefined);
  if (found !== undefined) return found;
  throw new DistillError("ENVIRONMENT", `${wanted} is not installed`, { hint: `apt install ${wanted}` });
}

function executorOf(name: ExecutorName): Executor | undefined {
  const machine = thisMachine();
  const profile = profileFor(DEFAULT_CAPABILITIES);
  if (name === "util-linux") return utilLinux(machine && perlFilter(assemble(profile, machine), machine));
  const program = findProgram(name === "bubblewrap" ? "bwrap" : name);
  if (program === undefined) return undefined;
  if (name === "bubblewrap") return bubblewrap(program, machine && assemble(profile, machine));
  const filter = machine && ociSeccomp(profile, machine);
  return name === "crun" ? crun(program, filter) : runc(program, filter);
}
