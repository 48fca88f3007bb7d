import type { Platform } from "../../image/platform.ts";
import type { Tree } from "../../rootfs/tree.ts";

/** A script that is to run in a root file system, as its root and without a network. */
export interface RootJob {
  /** For people: "the maintainer scripts of debian:trixie". */
  readonly what: string;
  /** Text for the /bin/sh of the root file system. */
  readonly script: string;
  /** `NAME=VALUE`, each name once. */
  readonly environment: readonly string[];
}

/** Runs programs of a root file system. */
export interface RootRunner {
  /** ENVIRONMENT where programs for that platform cannot run on this machine. */
  check(platform: Platform): Promise<void>;
  /**
   * The root file system as the script leaves it; what it did not change is the same as before. Nothing is in it that is only
   * there while something runs (/proc, /dev, /etc/resolv.conf). ENVIRONMENT with the end of its output where it fails.
   */
  run(tree: Tree, job: RootJob): Promise<Tree>;
}
