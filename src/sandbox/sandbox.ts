import { mkdtempSync, rmdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { DistillError, fromSystemError, isDistillError } from "../lib/errors.ts";
import type { Change } from "../rootfs/diff.ts";
import type { Lease } from "../store/leases.ts";
import type { SnapshotDraft } from "../store/snapshots.ts";
import type { Store } from "../store/store.ts";
import { makeCgroup } from "./cgroup/cgroup.ts";
import type { Limits } from "./cgroup/limits.ts";
import { newGroupName } from "./cgroup/names.ts";
import { removeGroupsNamed, removeStaleGroups } from "./cgroup/removal.ts";
import type { Executor } from "./executors/executor.ts";
import type { Job } from "./job.ts";
import { oneUserOnly } from "./machine/one-user.ts";
import { enter } from "./namespace/enter.ts";
import { type IdMapping, mappingKey } from "./namespace/mapping.ts";
import { isBelowKernelFiles, prologue, rootOf, stageMounts } from "./root/prologue.ts";
import { command, quoted } from "./shell.ts";
import { SAY_PID } from "./status.ts";
import { supervise } from "./supervise.ts";
import { TreeFiles } from "./trees.ts";

/** Bytes on a disk with which it counts as full. */
const ALMOST_NOTHING = 2 ** 20;

/** Reads a script from descriptor 3 and becomes it: what it holds is on no disk and in no list of processes. */
const FROM_CONTROL = 'eval "$(head -c "$1" <&3)"';

/** Runs processes in root file systems that are made of snapshots. */
export class Sandbox {
  readonly mapping: IdMapping;
  readonly files: TreeFiles;
  readonly #store: Store;
  readonly #executor: Executor;
  readonly #limits: Limits | undefined;
  #swept: Promise<void> | undefined;

  /** `limits` hold for each job. */
  constructor(store: Store, mapping: IdMapping, executor: Executor, limits?: Limits) {
    this.#store = store;
    this.mapping = mapping;
    this.#executor = executor;
    this.#limits = limits;
    this.files = new TreeFiles(store, mapping);
  }

  get executor(): Executor["name"] {
    return this.#executor.name;
  }

  /** Whether programs have a filter of system calls. */
  get isFiltered(): boolean {
    return this.#executor.isFiltered;
  }

  /** A word for how users are mapped: what was unpacked under one is of no use under another. */
  get mappingKey(): string {
    return mappingKey(this.mapping);
  }

  /**
   * The directory of the snapshot of this key, below the directory of snapshots, held by the lease; unpacked from `changes`
   * where there is none, by one builder at a time.
   */
  async snapshot(
    lease: Lease,
    key: string,
    signal: AbortSignal | undefined,
    changes: () => Promise<Iterable<Change>>,
  ): Promise<string> {
    const find = (): string | undefined => this.#store.findSnapshot(lease, key)?.directory;
    const make = async (): Promise<string> => {
      const draft = this.#store.draftSnapshot(lease);
      draft.complete(key, await this.files.unpack(await changes(), draft, signal));
      return draft.directory;
    };
    return this.#store.onceAmongBuilders(`snapshot ${key}`, { find, make }, signal);
  }

  /**
   * Runs a job to its end, and returns the exit status of its process. Whatever it started is gone then, and so is everything
   * that was mounted for it; with another status than 0, also what it wrote. ENVIRONMENT where this machine cannot; CANCELLED.
   */
  async run(job: Job, lease: Lease): Promise<number> {
    const directory = makePrivateDirectory(lease);
    let status: number | undefined;
    try {
      // The first job removes what earlier processes left that were killed.
      this.#swept ??= removeStaleGroups();
      status = await this.#runLimited(job, directory);
      if (status !== 0 && isFull(this.#store.snapshotsDirectory)) {
        job.onOutput(Buffer.from(`the disk of ${this.#store.snapshotsDirectory} is full\n`), "stderr");
      }
      return status;
    } finally {
      rmdirSync(directory);
      if (status !== 0) await this.files.discard(writtenBy(job));
      await this.#swept;
    }
  }

  async #runLimited(job: Job, directory: string): Promise<number> {
    if (this.#limits === undefined) return this.#run(job, directory, []);
    const group = makeCgroup(this.#limits);
    try {
      const status = await this.#run(job, directory, group.joins);
      if (status !== 0 && group.ranOutOfMemory()) {
        job.onOutput(Buffer.from("the programs of this RUN came to the limit of --memory\n"), "stderr");
      }
      return status;
    } catch (error) {
      if (isDistillError(error, "ENVIRONMENT") && group.ranOutOfMemory()) throw tooLittleMemory(error);
      throw error;
    } finally {
      await group.remove();
    }
  }

  async #run(job: Job, directory: string, joins: readonly string[]): Promise<number> {
    const { mapping } = this;
    const id = newGroupName();
    const { user } = job;
    if (mapping.kind === "single" && (user.uid !== 0 || user.gid !== 0)) {
      throw oneUserOnly(`no program can be run as user ${user.uid}:${user.gid}`);
    }
    const mounts = stageMounts(job, mapping, directory);
    const execution = this.#executor.execution({
      ...job,
      ...{ id, mapping, root: rootOf(directory), private: directory },
      staged: mounts.map((each) => each.staged).filter(isBelowKernelFiles),
    });
    const files = [...execution.files, ...mounts.flatMap((each) => each.files)];
    const lines = [
      ...["set -e", "umask 022", SAY_PID],
      ...joins.map((file) => `echo 0 > ${quoted(file)}`),
      command("cd", this.#store.snapshotsDirectory),
      ...prologue(job, mapping, directory, mounts, files),
      ...execution.script,
    ];
    const script = Buffer.from(lines.join("\n"));
    const shell = ["/bin/sh", "-c", FROM_CONTROL, "sh", String(script.length)];
    const namespaces = ["mount", "pid", ...this.#executor.namespaces(job)] as const;
    const entered = await enter(mapping, shell, { namespaces });
    entered.control.write(script);
    for (const [, content] of files) entered.control.write(content);
    entered.control.end();
    try {
      return await supervise(entered, job);
    } finally {
      if (this.#executor.name === "runc") await removeGroupsNamed(id);
    }
  }
}

function tooLittleMemory(cause: DistillError): DistillError {
  return new DistillError("ENVIRONMENT", "the limit of --memory is too low for what starts a program", {
    ...{ hint: "give --memory some MB more, or leave it out", cause },
  });
}

function makePrivateDirectory({ temporaryDirectory }: Lease): string {
  try {
    return mkdtempSync(join(temporaryDirectory, "run-"));
  } catch (error) {
    throw fromSystemError(error, "creating a directory in", temporaryDirectory);
  }
}

/** The directories that a job writes to and that are its own. */
function writtenBy({ upper, mounts }: Job): readonly SnapshotDraft[] {
  return [upper, ...mounts.flatMap((each) => (each.kind === "files" && each.discard ? [each.discard] : []))];
}

/** Whether next to nothing can be written there any more. */
function isFull(directory: string): boolean {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize < ALMOST_NOTHING;
}
