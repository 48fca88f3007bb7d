import { rmdirSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { throwIfCancelled, untilCancelled } from "../lib/cancel.ts";
import { DistillError, diskFull, saysDiskFull } from "../lib/errors.ts";
import { type Change, wholeTree } from "../rootfs/diff.ts";
import { writeLayer } from "../rootfs/layer-writer.ts";
import { displayPath, type RootPath } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import type { SnapshotDraft } from "../store/snapshots.ts";
import type { Store } from "../store/store.ts";
import type { Stub } from "./job.ts";
import { type Entered, enter, required } from "./namespace/enter.ts";
import type { IdMapping } from "./namespace/mapping.ts";
import { command } from "./shell.ts";

/** What of extended attributes belongs to files, and not to this machine or its overlays. */
const XATTRS = ["--xattrs", "--xattrs-include=security.capability", "--xattrs-include=user.*"];

/** Bytes of messages of tar that are kept. */
const KEPT = 4096;

/**
 * Files of snapshots, written and read by GNU tar as root of the users that own them: it knows devices, owners and extended
 * attributes, of which Node knows nothing.
 */
export class TreeFiles {
  readonly #store: Store;
  readonly #mapping: IdMapping;

  constructor(store: Store, mapping: IdMapping) {
    this.#store = store;
    this.#mapping = mapping;
  }

  /**
   * Writes changes into an empty snapshot, as a lower layer of an overlay. Returns the bytes of the archive that they make. Where
   * that fails, nothing stays of them.
   */
  async unpack(changes: Iterable<Change>, draft: SnapshotDraft, signal: AbortSignal | undefined): Promise<number> {
    try {
      return await this.#unpack(changes, this.#pathOf(draft), signal);
    } catch (error) {
      await this.discard([draft]);
      throw error;
    }
  }

  /**
   * Removes what was written into snapshots that are of no use any more, at once: on a disk that is full, the store could not even
   * be told that they are nobody's. What cannot be removed now is for whoever sweeps the store.
   */
  async discard(drafts: readonly SnapshotDraft[]): Promise<void> {
    try {
      await this.remove(drafts.map((draft) => dirname(this.#pathOf(draft))));
    } catch {
      // The failure that led here is the one to be told.
    }
  }

  /** Writes a tree into a directory that is empty and this user's. */
  async unpackInto(directory: string, tree: Tree, signal: AbortSignal | undefined): Promise<void> {
    await this.#unpack(wholeTree(tree), directory, signal);
  }

  /** Removes entries that are empty from what a program left; paths of real directories, in this order. */
  async removeStubs(draft: SnapshotDraft, stubs: readonly Stub[]): Promise<void> {
    const at = this.#pathOf(draft);
    if (this.#mapping.kind === "root") {
      for (const { path, type } of stubs) (type === "file" ? unlinkSync : rmdirSync)(pathIn(at, path));
      return;
    }
    const lines = stubs.map(({ path, type }) => command(type === "file" ? "rm" : "rmdir", displayPath(path).slice(1)));
    if (lines.length === 0) return;
    await this.#run(["/bin/sh", "-c", ["set -e", command("cd", at), ...lines].join("\n")], "removing");
  }

  async #unpack(changes: Iterable<Change>, directory: string, signal: AbortSignal | undefined): Promise<number> {
    const archive = writeLayer(this.#writable(changes), { timestamp: "keep", whiteouts: "overlay" });
    const owners = this.#mapping.kind === "single" ? "--no-same-owner" : "--same-owner";
    const tar = await this.#tar(
      directory,
      ["--extract", ...XATTRS, "--same-permissions", owners, "--numeric-owner"],
      "pipe",
    );
    let bytes = 0;
    const counted = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of untilCancelled(archive, signal)) {
        bytes += chunk.length;
        yield chunk;
      }
    };
    const written = pipeline(
      Readable.from(counted(), { objectMode: false }),
      tar.stdin as NonNullable<Entered["stdin"]>,
    );
    const messages = heard(tar);
    tar.stdout.resume();
    const [result] = await Promise.allSettled([written, tar.ended]);
    throwIfCancelled(signal);
    await succeed(tar, messages, "unpacking");
    if (result.status === "rejected") throw result.reason;
    return bytes;
  }

  /**
   * What a snapshot that was the upper directory of an overlay holds, as an archive: removed entries are devices 0:0, and
   * directories that hide what lies below have the attribute `trusted.overlay.opaque` (or `user.overlay.opaque`).
   */
  async *pack(draft: SnapshotDraft, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const opaque = `${this.#mapping.kind === "root" ? "trusted" : "user"}.overlay.opaque`;
    // Where overlays keep their own elsewhere, a program may have set these to hide what lies below.
    const own = [`--xattrs-exclude=user.overlay.${this.#mapping.kind === "root" ? "*" : "[!o]*"}`];
    const tar = await this.#tar(this.#pathOf(draft), [
      ...["--create", "--format=pax", "--pax-option=delete=atime,delete=ctime", "--sort=name", "--numeric-owner"],
      ...[...XATTRS, `--xattrs-include=${opaque}`, ...own, "--warning=no-file-ignored", "."],
    ]);
    const messages = heard(tar);
    try {
      yield* untilCancelled(tar.stdout as AsyncIterable<Uint8Array>, signal);
      await succeed(tar, messages, "reading");
    } finally {
      tar.process.kill("SIGKILL");
    }
  }

  /** Removes directories, whoever owns what lies in them. */
  async remove(paths: readonly string[]): Promise<void> {
    if (paths.length === 0) return;
    await this.#run([required("rm"), "-rf", "--", ...paths], "removing");
  }

  async #run(words: readonly string[], doing: string): Promise<void> {
    const entered = await enter(this.#mapping, words, { namespaces: [] });
    entered.control.end();
    entered.stdout.resume();
    await succeed(entered, heard(entered), doing);
  }

  #pathOf({ directory }: SnapshotDraft): string {
    return join(this.#store.snapshotsDirectory, directory);
  }

  async #tar(directory: string, args: readonly string[], stdin?: "pipe"): Promise<Entered> {
    const words = [required("tar"), "--file=-", `--directory=${directory}`, ...args];
    const tar = await enter(this.#mapping, words, { namespaces: [], ...(stdin && { stdin }) });
    tar.control.end();
    return tar;
  }

  /** Devices can be made by root only; programs find theirs in /dev, which is not of the image. */
  *#writable(changes: Iterable<Change>): Generator<Change> {
    for (const change of changes) {
      const isDevice = change.node?.type === "char" || change.node?.type === "block";
      if (this.#mapping.kind === "root" || !isDevice) yield change;
    }
  }
}

/** A path as bytes, whatever they are. */
function pathIn(directory: string, path: RootPath): Buffer {
  return Buffer.concat([Buffer.from(`${directory}/`, "utf8"), Buffer.from(path, "latin1")]);
}

function heard({ stderr }: Entered): { text: string } {
  const messages = { text: "" };
  stderr.on("data", (chunk: Buffer) => {
    messages.text = (messages.text + chunk.toString("utf8")).slice(-KEPT);
  });
  return messages;
}

async function succeed({ ended }: Entered, messages: { readonly text: string }, doing: string): Promise<void> {
  const status = await ended;
  if (status === 0) return;
  if (saysDiskFull(messages.text)) throw diskFull(`${doing} the files of a root file system`);
  const message = `${doing} the files of a root file system failed: ${messages.text.trim() || `status ${status}`}`;
  throw new DistillError("ENVIRONMENT", message, { hint: "distill doctor says what this machine lacks" });
}
