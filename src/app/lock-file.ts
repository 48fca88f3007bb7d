import { readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { Lock, LockSection } from "../compose/lock/lock.ts";
import { MAX_LOCK_SIZE, parseLock } from "../compose/lock/read-lock.ts";
import { formatLock } from "../compose/lock/write-lock.ts";
import { formatPlatform, type Platform } from "../image/platform.ts";
import { DistillError, fromSystemError, isDistillError, systemErrorCode } from "../lib/errors.ts";
import { writeAtomically, writeFully } from "../lib/files.ts";
import { refuseUnwritable } from "../lib/output-path.ts";
import type { Progress } from "../lib/progress.ts";

/** How a lock is to be treated. */
export interface LockOptions {
  /** The file, where a user named one. */
  readonly file: string | undefined;
  /** A lock that is missing or does not fit is a failure. */
  readonly locked: boolean;
  /** Choose packages anew, whatever the lock says. */
  readonly update: boolean;
  /** Nothing is written: what a lock does not cover is chosen, and forgotten. */
  readonly readOnly?: boolean;
}

/** Where the lock of a build file lies: distill.lock beside distill.yaml, NAME.lock beside NAME.yaml. */
export function lockBeside(buildFile: string): string {
  return join(dirname(buildFile), `${basename(buildFile).replace(/\.ya?ml$/, "")}.lock`);
}

/**
 * Runs `use` with the lock in force, then writes what changed in it, or, without `writes`, says that it would. Without a path there is none: USAGE where the options
 * ask for one.
 */
export async function withLock<T>(
  beside: string | undefined,
  { lock: options, progress }: { readonly lock: LockOptions; readonly progress: Progress },
  use: (lock: LockFile | undefined) => Promise<T>,
  { writes = true }: { readonly writes?: boolean } = {},
): Promise<T> {
  const path = options.file ?? beside;
  if (path === undefined) {
    const flag = options.locked ? "--locked" : "--update";
    if (!options.locked && !options.update) return use(undefined);
    throw new DistillError("USAGE", `${flag} is about a lock file, and there is none here`, {
      hint: "name one with --lock FILE",
    });
  }
  const lock = LockFile.open(path, options);
  const value = await use(lock);
  if (options.readOnly) return value;
  if (writes) await lock.write(progress);
  else lock.tellUnwritten(progress);
  return value;
}

/** The part of a lock that one composition looks at. */
export interface LockView {
  readonly shown: string;
  readonly options: LockOptions;
  readonly isThere: boolean;
  section(platform: Platform): LockSection | undefined;
  put(platform: Platform, section: LockSection): void;
}

/** A distill.lock while images are made: what it says, and what it is going to say. */
export class LockFile implements LockView {
  readonly path: string;
  /** The path as it is told. */
  readonly shown: string;
  readonly options: LockOptions;
  /** False where there was no file. */
  readonly isThere: boolean;
  readonly #found: Lock["sections"];
  readonly #fresh = new Map<string, LockSection>();

  private constructor(path: string, options: LockOptions) {
    this.path = path;
    this.shown = shownPath(path);
    this.options = options;
    const { text, sections } = this.#read();
    this.isThere = text !== undefined;
    this.#found = sections;
  }

  /**
   * Reads the file, where there is one; fails as parseLock does. One that a user named and that could not be written is
   * refused before any work is done (refuseUnwritable).
   */
  static open(path: string, options: LockOptions): LockFile {
    if (options.file !== undefined && !options.locked) refuseUnwritable(path, "file");
    return new LockFile(path, options);
  }

  section(platform: Platform): LockSection | undefined {
    const key = formatPlatform(platform);
    return this.#fresh.get(key) ?? this.#found.get(key);
  }

  put(platform: Platform, section: LockSection): void {
    this.#fresh.set(formatPlatform(platform), section);
  }

  /** The part for one of several bases of a Dockerfile. */
  forBase(name: string): LockView {
    const key = (platform: Platform): string => `${formatPlatform(platform)} ${name}`;
    return {
      ...{ shown: this.shown, options: this.options, isThere: this.isThere },
      section: (platform) => this.#fresh.get(key(platform)) ?? this.#found.get(key(platform)),
      put: (platform, section) => void this.#fresh.set(key(platform), section),
    };
  }

  /**
   * Writes the sections that were put, at once as a whole, where they are others than before; what another process wrote
   * for other platforms meanwhile stays. Where the file cannot be written beside a build file, a warning says that the
   * build is not locked.
   */
  async write(progress: Progress): Promise<void> {
    if (this.#fresh.size === 0) return;
    try {
      const { text: before, sections } = this.#read();
      const text = formatLock({ sections: new Map([...sections, ...this.#fresh]) });
      if (text === before) return;
      const path = before === undefined ? this.path : realpathSync(this.path);
      await writeAtomically(path, dirname(path), (handle) => writeFully(handle, Buffer.from(text)));
      progress.info(`Wrote ${this.shown}: keep it under version control, and the same packages are taken next time`);
    } catch (error) {
      if (this.options.file !== undefined || !isDistillError(error, "IO", "DISK_FULL")) throw error;
      progress.warn(`this build is not locked: ${error.message}`);
    }
  }

  /** For a lock that is only obeyed: says that it does not cover what was made. */
  tellUnwritten(progress: Progress): void {
    if (this.#fresh.size === 0) return;
    progress.info(`${this.shown} does not name all that was composed: --lock ${this.shown} writes it`);
  }

  #read(): Lock & { readonly text: string | undefined } {
    const text = readText(this.path);
    return { text, sections: text === undefined ? new Map() : parseLock(text, this.shown).sections };
  }
}

/** From the directory that the command is run in, where it lies below that. */
function shownPath(path: string): string {
  const near = relative(process.cwd(), resolve(path));
  return near === "" || near.startsWith("..") ? path : near;
}

function readText(path: string): string | undefined {
  try {
    const { size } = statSync(path);
    if (size > MAX_LOCK_SIZE) {
      throw new DistillError("LIMIT_EXCEEDED", `${path} has ${size} bytes, more than ${MAX_LOCK_SIZE}`);
    }
    return readFileSync(path, "utf8");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw fromSystemError(error, "reading", path);
  }
}
