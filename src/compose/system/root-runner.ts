import type { Platform } from "../../image/platform.ts";
import type { Task } from "../../lib/progress.ts";
import type { Owner } from "../../rootfs/owner.ts";
import type { Tree } from "../../rootfs/tree.ts";

/** A script that is to run in a root file system, as its root and without a network. */
export interface RootJob {
  /** For people: "the maintainer scripts of debian:trixie". */
  readonly what: string;
  /** Text for the /bin/sh of the root file system. */
  readonly script: string;
  /** `NAME=VALUE`, each name once. */
  readonly environment: readonly string[];
  /** Of what it makes. */
  readonly owner: Owner;
}

/** Runs programs of a root file system. */
export interface RootRunner {
  /** ENVIRONMENT where programs for that platform cannot run on this machine, or not as root of several users. */
  check(platform: Platform): Promise<void>;
  /**
   * The root file system as the script leaves it; what it did not change is the same as before. Nothing is in it that is only
   * there while something runs (/proc, /dev, /etc/resolv.conf). `task` is told what it writes. RUN_FAILED with its output where it fails.
   */
  run(tree: Tree, job: RootJob, task: Task): Promise<Tree>;
}
