import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chownSync, closeSync, cpSync, mkdirSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { systemErrorCode } from "../../src/lib/errors.ts";
import { unlessTools } from "./tools.ts";

/** More files than a test makes. */
const MANY = 100_000;

/** For a test's `skip` option: false, or why no disk can be mounted here. */
export function unlessSmallDisk(): false | string {
  const missing = unlessTools("unshare", "nsenter", "mount");
  if (missing !== false) return missing;
  if (process.getuid?.() !== 0) return "needs root for a mount";
  const tried = spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "distill", tmpdir()]);
  if (tried.status !== 0) return "needs the right to mount";
  // From within a chroot, entering a namespace leads out of it.
  const entered = ["-m", "sh", "-c", 'nsenter --mount=/proc/$$/ns/mnt "$0" --version', process.execPath];
  return spawnSync("unshare", entered).status === 0 ? false : "needs a mount namespace with the same root directory";
}

/**
 * A file system of a few KiB in a mount namespace of its own, that goes with the process that holds it, whatever becomes of
 * the test. Only what is run `through` it sees it; `copyOut` shows its content to others.
 */
export class SmallDisk {
  /** Where it is mounted, within its namespace. */
  readonly path: string;
  /** Program and arguments that a command line is handed to, so that it sees the disk. */
  readonly through: readonly string[];
  readonly #holder: ChildProcess;

  private constructor(path: string, holder: ChildProcess) {
    this.path = path;
    this.through = ["nsenter", `--mount=/proc/${holder.pid}/ns/mnt`, "--wdns=/"];
    this.#holder = holder;
  }

  /** With `files`, it is full when it holds so many files, directories and links too. */
  static async mount(test: TestContext, kibibytes: number, files = MANY): Promise<SmallDisk> {
    const path = mkdtempSync(join(tmpdir(), "distill-disk-"));
    const script = `mount -t tmpfs -o size=${kibibytes}k,nr_inodes=${files} distill "$0" && echo ready && exec cat`;
    const holder = spawn("unshare", ["-m", "sh", "-c", script, path], { stdio: ["pipe", "pipe", "inherit"] });
    test.after(async () => {
      holder.stdin.end();
      if (holder.exitCode === null) await new Promise((resolve) => holder.once("exit", resolve));
      rmSync(path, { recursive: true, force: true });
    });
    await new Promise<void>((ready, fail) => {
      holder.stdout.once("data", () => ready());
      holder.once("exit", (code) => fail(new Error(`mounting ended with ${code}`)));
    });
    return new SmallDisk(path, holder);
  }

  /** The disk as processes outside of its namespace see it. */
  get #root(): string {
    return join(`/proc/${this.#holder.pid}/root`, this.path);
  }

  resize(kibibytes: number): void {
    const [file, ...args] = [...this.through, "mount", "-o", `remount,size=${kibibytes}k,nr_inodes=${MANY}`, this.path];
    const { status, stderr } = spawnSync(file as string, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`mount -o remount ended with ${status}: ${stderr}`);
  }

  /** A directory on it, of this user. */
  makeDirectory(path: string, user = 0): void {
    mkdirSync(join(this.#root, path));
    chownSync(join(this.#root, path), user, user);
  }

  /** Writes until nothing more can be written. */
  fill(name: string): void {
    const file = openSync(join(this.#root, name), "w");
    try {
      for (;;) writeSync(file, Buffer.alloc(4096));
    } catch (error) {
      if (systemErrorCode(error) !== "ENOSPC") throw error;
    } finally {
      closeSync(file);
    }
  }

  /** Bytes that can be written. */
  get free(): number {
    const { bavail, bsize } = statfsSync(this.#root);
    return bavail * bsize;
  }

  /** Copies a directory of the disk to one that everybody sees, made anew. */
  copyOut(directory: string, to: string): void {
    rmSync(to, { recursive: true, force: true });
    cpSync(join(this.#root, directory), to, { recursive: true });
  }
}
