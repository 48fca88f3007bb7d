import type { RootPath } from "../../rootfs/path.ts";
import type { Job } from "../job.ts";
import type { IdMapping } from "../namespace/mapping.ts";

export type ExecutorName = "runc" | "crun" | "bubblewrap" | "util-linux";

/** Something that lies ready, to be mounted into the root file system. */
export interface Staged {
  /** Of this machine. */
  readonly source: string;
  readonly target: RootPath;
  readonly type: "file" | "directory";
  readonly writable: boolean;
}

/** A job whose root file system is mounted, in a mount and process namespace of its own; /proc is that of this namespace. */
export interface PreparedJob
  extends Pick<Job, "arguments" | "environment" | "directory" | "user" | "hostname" | "network"> {
  /** Identifies the job among all of this machine. */
  readonly id: string;
  readonly mapping: IdMapping;
  /** Where the root file system is mounted. */
  readonly root: string;
  /** A directory in memory that only this job sees. */
  readonly private: string;
  /** What is to be mounted below /dev and /sys; all else is mounted already. */
  readonly staged: readonly Staged[];
}

/** What an executor does, and files that it needs. */
export interface Execution {
  /**
   * Lines of sh(1) that become the program, or run it and end like it. When nothing but the program itself can fail any more
   * they do what SAY_STARTED does; a runtime that starts it out of their sight goes through `watched` (status.ts).
   */
  readonly script: readonly string[];
  /** Contents by name; each lies at `PRIVATE/files/NAME`. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** One way to confine a process to a root file system. All have the same effect, but for what `limits` says. */
export interface Executor {
  readonly name: ExecutorName;
  /** Whether there is a filter of system calls. */
  readonly isFiltered: boolean;
  /** Namespaces that it expects around it, beside those of users, mounts and processes. */
  readonly namespaces: (job: Pick<Job, "network">) => readonly ("ipc" | "uts" | "net")[];
  execution(job: PreparedJob): Execution;
}
