import type { TarHeader } from "../../formats/tar/header.ts";
import { seekTar } from "../../formats/tar/seek.ts";
import { watchTar } from "../../formats/tar/watch.ts";
import { once } from "../../image/image.ts";
import type { Digest } from "../../lib/digest.ts";
import { isDistillError } from "../../lib/errors.ts";
import { bootIdentifier } from "../../lib/process-identity.ts";
import { type BackingFile, type Content, sameContent } from "../../rootfs/content.ts";
import { Attributer, type FileNode, type Inode, sameAttributes, type Xattrs } from "../../rootfs/node.ts";
import type { Owner } from "../../rootfs/owner.ts";
import { pathFromBytes, type RootPath } from "../../rootfs/path.ts";
import { nodeFromTar } from "../../rootfs/tar-entries.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { TreeEditor } from "../../rootfs/tree-editor.ts";
import type { Lease } from "../../store/leases.ts";
import type { Store } from "../../store/store.ts";

/**
 * What a program changed in its root file system: the archive of its upper directory, and the SHA-256 of each body in it. They are
 * as large as what it installed, so nobody waits until they are on disk: in a later boot of the machine than `boot` they have
 * to be read whole before they are used.
 */
export type Captured = Readonly<{ archive: Digest; digests: Digest; bytes: number; boot: string }>;

const DIGEST_BYTES = 32;

/** Bytes that a program may leave; what is sparse counts whole. No sink takes a larger layer. */
const MAX_BYTES = 64 * 2 ** 30;

/**
 * Stores what a program changed. `archive` is an upper directory as TreeFiles packs it. LIMIT_EXCEEDED above 64 GiB, before what
 * is too much is read.
 */
export async function capture(lease: Lease, archive: AsyncIterable<Uint8Array>): Promise<Captured> {
  const digests: Buffer[] = [];
  const watched = watchTar(archive, ({ sha256 }) => digests.push(sha256), {
    archive: "the files of a RUN",
    maxBytes: MAX_BYTES,
  });
  const { digest, size } = await lease.writeUnflushed(watched);
  const stored = await lease.writeUnflushed(once(Buffer.concat(digests)));
  return { archive: digest, digests: stored.digest, bytes: size, boot: bootIdentifier() };
}

/** What was captured in an earlier boot, once it was found whole; undefined where it is not. */
export async function revived(store: Store, captured: Captured): Promise<Captured | undefined> {
  const boot = bootIdentifier();
  if (captured.boot === boot) return captured;
  try {
    for (const digest of [captured.archive, captured.digests]) for await (const _ of store.openBlob(digest));
    return { ...captured, boot };
  } catch (error) {
    if (isDistillError(error, "STORE_CORRUPT")) return undefined;
    throw error;
  }
}

export interface CapturedFiles {
  readonly archive: BackingFile;
  /** 32 bytes for each entry. */
  readonly digests: Uint8Array;
}

export interface ApplyOptions {
  /** Who made what is new. */
  readonly owner: Owner;
  /** Entries that were there before keep their owners: nobody could change one. */
  readonly keepsOwners: boolean;
  /** What was made for mounts, outermost first. */
  readonly stubs: readonly RootPath[];
}

export interface AppliedFiles {
  readonly tree: Tree;
  /** Stubs that are as they were made, innermost first: no part of what the program did, and not in the tree. */
  readonly left: readonly { readonly path: RootPath; readonly type: "file" | "directory" }[];
}

/**
 * The files below with what a program changed. What was only copied up (an overlay copies a file when it is opened for writing, or
 * gets another name) is what it was before.
 */
export async function applyCaptured(lower: Tree, files: CapturedFiles, options: ApplyOptions): Promise<AppliedFiles> {
  const applier = new Applier(lower, files, options);
  for (const { header, offset } of seekTar(await files.archive.handle(), { archive: "the files of a RUN" })) {
    applier.add(header, offset);
  }
  return applier.finish();
}

class Applier {
  readonly #lower: Tree;
  readonly #editor: TreeEditor;
  readonly #files: CapturedFiles;
  readonly #options: ApplyOptions;
  readonly #attributer = new Attributer();
  /** Names of removed entries: overlays hard-link them to one another. */
  readonly #removed = new Set<RootPath>();
  readonly #regular: RootPath[] = [];
  #count = 0;

  constructor(lower: Tree, files: CapturedFiles, options: ApplyOptions) {
    this.#lower = lower;
    this.#editor = new TreeEditor(lower);
    this.#files = files;
    this.#options = options;
  }

  add(header: TarHeader, offset: number): void {
    const digest = Buffer.from(this.#files.digests.subarray(DIGEST_BYTES * this.#count, DIGEST_BYTES * ++this.#count));
    const path = pathFromBytes(header.path);
    if (isRemoval(header) || (header.type === "hardlink" && this.#removed.has(pathFromBytes(header.linkname)))) {
      this.#removed.add(path);
      this.#editor.remove(path);
      return;
    }
    const { owner } = this.#options;
    const content = (): Content => withDigest(this.#files.archive.range(offset, header.size), digest.toString("hex"));
    const node = nodeFromTar(this.#described(path, header), content, owner, this.#attributer, {
      find: (target) => this.#editor.get(target),
      share: (target, shared) => this.#editor.put(target, shared),
    });
    if (isOpaque(header)) this.#editor.remove(path);
    this.#editor.put(path, node);
    if (node.type === "file") this.#regular.push(path);
  }

  async finish(): Promise<AppliedFiles> {
    const left = this.#options.stubs.toReversed().flatMap((path) => this.#dropStub(path));
    await this.#restoreCopiedUp();
    return { tree: this.#editor.done(), left };
  }

  #described(path: RootPath, header: TarHeader): TarHeader {
    const xattrs = withoutOverlays(header.xattrs);
    const before = this.#options.keepsOwners ? this.#lower.get(path)?.attributes : undefined;
    const { uid, gid } = before ?? header;
    return { ...header, xattrs, uid, gid };
  }

  /** One that something was put into is the program's. */
  #dropStub(path: RootPath): AppliedFiles["left"] {
    const node = this.#editor.get(path);
    const isFile = node?.type === "file" && node.content.size === 0;
    const isDirectory = node?.type === "directory" && node.children.size === 0;
    if (!isFile && !isDirectory) return [];
    this.#editor.remove(path);
    return [{ path, type: isFile ? "file" : "directory" }];
  }

  async #restoreCopiedUp(): Promise<void> {
    const changed = new Map<Inode, RootPath[]>();
    for (const path of this.#regular) {
      const node = this.#editor.get(path);
      if (node?.type !== "file") continue;
      const before = this.#lower.get(path);
      if (before?.type === "file" && (await isCopiedUp(before, node))) this.#editor.put(path, before);
      else if (node.inode !== undefined) changed.set(node.inode, [...(changed.get(node.inode) ?? []), path]);
    }
    // Names that were restored are links of the others no longer.
    for (const paths of changed.values()) {
      const inode: Inode | undefined = paths.length > 1 ? {} : undefined;
      for (const path of paths) this.#editor.put(path, { ...(this.#editor.get(path) as FileNode), inode });
    }
  }
}

/** In an overlay, a device 0:0 stands for a name that is gone (Documentation/filesystems/overlayfs.rst). */
function isRemoval({ type, devmajor, devminor }: TarHeader): boolean {
  return type === "char" && devmajor === 0 && devminor === 0;
}

function isOpaque({ type, xattrs }: TarHeader): boolean {
  if (type !== "directory") return false;
  const value = xattrs.get("trusted.overlay.opaque") ?? xattrs.get("user.overlay.opaque");
  return value !== undefined && Buffer.from(value).toString("latin1") === "y";
}

function withoutOverlays(xattrs: Xattrs): Xattrs {
  const names = [...xattrs.keys()];
  if (!names.some(isOverlays)) return xattrs;
  return new Map([...xattrs].filter(([name]) => !isOverlays(name)));
}

function isOverlays(name: string): boolean {
  return name.startsWith("trusted.") || name.startsWith("user.overlay.");
}

async function isCopiedUp(before: FileNode, now: FileNode): Promise<boolean> {
  return sameAttributes(before.attributes, now.attributes) && (await sameContent(before.content, now.content));
}

function withDigest(content: Content, hex: string): Content {
  return {
    size: content.size,
    read: (offset, length) => content.read(offset, length),
    identity: () => `sha256:${hex}`,
  };
}
