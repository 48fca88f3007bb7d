import type { RootPath } from "../rootfs/path.ts";
import type { SnapshotDraft } from "../store/snapshots.ts";

/** One process that is to run in a root file system. */
export interface Job {
  /** What the root file system is made of, uppermost first and at least one: directories below the store's directory of snapshots. */
  readonly lowers: readonly string[];
  /** What is changed goes there. */
  readonly upper: SnapshotDraft;
  readonly arguments: readonly string[];
  /** `NAME=VALUE`, each name once. */
  readonly environment: readonly string[];
  /** Absolute; made where it is missing. */
  readonly directory: RootPath;
  readonly user: JobUser;
  readonly hostname: string;
  readonly network: "host" | "none";
  /** In the order in which they are mounted. */
  readonly mounts: readonly JobMount[];
  /** What has to be made in the root file system before anything can be mounted there: see root/targets.ts. */
  readonly stubs: readonly Stub[];
  readonly onOutput: (chunk: Buffer, stream: "stdout" | "stderr") => void;
  readonly signal: AbortSignal | undefined;
}

export interface JobUser {
  readonly uid: number;
  readonly gid: number;
  /** Beside `gid`. */
  readonly groups: readonly number[];
}

/** A place for a mount that the root file system lacks. */
export interface Stub {
  readonly path: RootPath;
  readonly type: "file" | "directory";
}

/** Where something is mounted: a path without symbolic links, of the root file system or of what is mounted before. */
interface Mounted {
  readonly target: RootPath;
}

export type JobMount = Mounted & MountSource;

export type MountSource =
  /** Files of snapshots, uppermost first and at least one: what lies at `path` there, which leads through no symbolic link. */
  | {
      readonly kind: "files";
      readonly lowers: readonly string[];
      readonly path: RootPath;
      readonly type: "file" | "directory";
      /** Where changes go that are thrown away; absent for read-only files. */
      readonly discard?: SnapshotDraft;
    }
  /** A directory of this machine that stays. */
  | {
      readonly kind: "cache";
      readonly directory: string;
      readonly writable: boolean;
      /** What it is to be when it is used for the first time. */
      readonly first: { readonly mode: number; readonly uid: number; readonly gid: number } | undefined;
    }
  | { readonly kind: "tmpfs"; readonly size: number | undefined }
  /** A file that is in memory only. */
  | {
      readonly kind: "memory";
      readonly content: Uint8Array;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly writable: boolean;
    }
  /** A Unix socket that was made for the job: it gets this mode and owner. */
  | {
      readonly kind: "socket";
      readonly path: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    };
