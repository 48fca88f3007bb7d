/**
 * Why something failed, as a closed list. Each code has an entry in docs/errors.md, and belongs to one exit status
 * (the table below).
 */
export type ErrorCode =
  | "USAGE"
  | "CONFIG_INVALID"
  | "FORMAT_INVALID"
  | "LIMIT_EXCEEDED"
  | "UNSUPPORTED"
  | "UNKNOWN_PACKAGE"
  | "UNSATISFIABLE"
  | "PACKAGE_CONFLICT"
  | "FILE_CONFLICT"
  | "UNRESOLVED_LIBRARY"
  | "NO_SUCH_IMAGE"
  | "NO_SUCH_PATH"
  | "RUN_FAILED"
  | "DISK_FULL"
  | "IO"
  | "ENVIRONMENT"
  | "STORE_CORRUPT"
  | "NETWORK"
  | "OFFLINE"
  | "REGISTRY"
  | "UNAUTHORIZED"
  | "DIGEST_MISMATCH"
  | "BAD_SIGNATURE"
  | "RELEASE_EXPIRED"
  | "RELEASE_ROLLED_BACK"
  | "CANCELLED";

const EXIT_STATUS: Readonly<Record<ErrorCode, number>> = {
  USAGE: 2,
  CONFIG_INVALID: 2,
  FORMAT_INVALID: 2,
  LIMIT_EXCEEDED: 2,
  UNSUPPORTED: 2,
  UNKNOWN_PACKAGE: 2,
  UNSATISFIABLE: 2,
  PACKAGE_CONFLICT: 2,
  FILE_CONFLICT: 2,
  UNRESOLVED_LIBRARY: 2,
  NO_SUCH_IMAGE: 2,
  NO_SUCH_PATH: 2,
  RUN_FAILED: 1,
  DISK_FULL: 3,
  IO: 3,
  ENVIRONMENT: 3,
  STORE_CORRUPT: 3,
  NETWORK: 4,
  OFFLINE: 4,
  REGISTRY: 4,
  UNAUTHORIZED: 4,
  DIGEST_MISMATCH: 4,
  BAD_SIGNATURE: 4,
  RELEASE_EXPIRED: 4,
  RELEASE_ROLLED_BACK: 4,
  CANCELLED: 130,
};

/** Exit status of a failure that is no DistillError: a bug of distill's own (sysexits' EX_SOFTWARE). */
export const EXIT_BUG = 70;

/** A failure that a user can act on. `hint` says what to do next; `cause` keeps what led here. */
export class DistillError extends Error {
  override readonly name = "DistillError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** What a program wrote that failed. */
  readonly log: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly hint?: string; readonly log?: string; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.log = options.log;
  }
}

/** True for a DistillError, optionally of one of the given codes. */
export function isDistillError(error: unknown, ...codes: readonly ErrorCode[]): error is DistillError {
  return error instanceof DistillError && (codes.length === 0 || codes.includes(error.code));
}

/** The process's exit status for a failure: by code for a DistillError, 70 for everything else. */
export function exitStatusOf(error: unknown): number {
  return error instanceof DistillError ? EXIT_STATUS[error.code] : EXIT_BUG;
}

/** The `code` of a Node system error ("ENOENT"), or undefined for any other value. */
export function systemErrorCode(error: unknown): string | undefined {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return undefined;
}

const DISK_FULL: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"]);

/** What to do about a failed system call, by its code (errno(3)). */
const SYSTEM_HINTS: Readonly<Record<string, string>> = {
  ENOENT: "check the path: it, or a directory of it, does not exist",
  EACCES: "check who may read and write there",
  EPERM: "check who may read and write there",
  EROFS: "the file system is mounted read-only: choose another place",
  ENOTDIR: "check the path: a part of it is a file and no directory",
  EISDIR: "check the path: it is a directory, where a file is needed",
  EEXIST: "check the path: there is something of another kind",
  ELOOP: "check the path: its symbolic links lead in a circle",
  ENAMETOOLONG: "choose a shorter path",
  EMFILE: "too many files are open: raise the limit (ulimit -n)",
  ENFILE: "too many files are open on this machine",
  ENOMEM: "this machine has no memory left",
  EIO: "the disk or its file system fails: see dmesg",
};

/** DISK_FULL: no space was left while that was done. */
export function diskFull(doing: string, cause?: unknown): DistillError {
  return new DistillError("DISK_FULL", `no space left while ${doing}`, {
    hint: "free some space (distill prune removes what no image uses), or point DISTILL_HOME at another disk",
    cause,
  });
}

/** Whether a program of this machine says that it could not write since a disk, or a quota, is full. */
export function saysDiskFull(messages: string): boolean {
  return /No space left on device|Disk quota exceeded/.test(messages);
}

/**
 * Turns a failed system call on `path` into a DistillError that names it: DISK_FULL for ENOSPC and EDQUOT, IO for the
 * rest. A DistillError and an error that carries no system code come back as they are.
 */
export function fromSystemError(error: unknown, doing: string, path: string): unknown {
  const code = systemErrorCode(error);
  if (error instanceof DistillError || code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  if (DISK_FULL.has(code)) return diskFull(`${doing} ${path}`, error);
  const hint = SYSTEM_HINTS[code] ?? "see that the path is right and that its disk works";
  return new DistillError("IO", `${doing} ${path} failed: ${reasonOf(error)}`, { hint, cause: error });
}

/**
 * The IO or DISK_FULL error for a failed system call that nobody expected where it happened and that says more about this
 * machine than about distill (no space, no permission, a failing disk); any other value as it is.
 */
export function fromStraySystemError(error: unknown): unknown {
  const code = systemErrorCode(error);
  if (code === undefined || !(code in SYSTEM_HINTS || DISK_FULL.has(code))) return error;
  const { path, syscall } = error as { path?: unknown; syscall?: unknown };
  const where = typeof path === "string" ? path : "a file";
  return fromSystemError(error, typeof syscall === "string" ? `the system call ${syscall} on` : "using", where);
}

/** "permission denied (EACCES)" of Node's "EACCES: permission denied, open '/some/path'": the path is told already. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^(E[A-Z0-9]+): ([^,]+), \w+(?: '.*')?$/s, "$2 ($1)");
}
