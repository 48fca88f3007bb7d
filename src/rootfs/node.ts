import type { Content } from "./content.ts";
import type { Owner } from "./owner.ts";

export type Xattrs = ReadonlyMap<string, Uint8Array>;

const NO_XATTRS: Xattrs = new Map();

/** What every entry has. One object is shared by all entries that agree (Attributer), so an entry costs a reference. */
export interface Attributes {
  /** Permission bits with setuid, setgid and sticky: 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since the epoch, fractions kept. */
  readonly mtime: number;
  readonly xattrs: Xattrs;
  readonly owner: Owner;
}

/**
 * Stands for one file behind several names: entries with the same Inode are hard links of one another, and share
 * attributes and content.
 */
export type Inode = Readonly<Record<never, never>>;

export interface FileNode {
  readonly type: "file";
  readonly attributes: Attributes;
  readonly content: Content;
  readonly inode: Inode | undefined;
}

export interface DirectoryNode {
  readonly type: "directory";
  readonly attributes: Attributes;
  /** By name (bytes as latin1), in no particular order. */
  readonly children: ReadonlyMap<string, Node>;
}

export interface SymlinkNode {
  readonly type: "symlink";
  readonly attributes: Attributes;
  /** Bytes as latin1, as they were written. */
  readonly target: string;
}

export interface DeviceNode {
  readonly type: "char" | "block";
  readonly attributes: Attributes;
  readonly major: number;
  readonly minor: number;
}

export interface FifoNode {
  readonly type: "fifo";
  readonly attributes: Attributes;
}

/** An entry of a root file system. Immutable: a change makes another one. */
export type Node = FileNode | DirectoryNode | SymlinkNode | DeviceNode | FifoNode;

/** Hands out one Attributes object for each distinct set of values that it is asked for. */
export class Attributer {
  readonly #known = new Map<Owner, Map<string, Attributes>>();

  of(values: {
    readonly mode: number;
    readonly uid?: number;
    readonly gid?: number;
    readonly mtime?: number;
    readonly xattrs?: Xattrs;
    readonly owner: Owner;
  }): Attributes {
    const { mode, uid = 0, gid = 0, mtime = 0, xattrs = NO_XATTRS, owner } = values;
    if (xattrs.size > 0) return { mode, uid, gid, mtime, xattrs, owner };
    let ofOwner = this.#known.get(owner);
    if (ofOwner === undefined) {
      ofOwner = new Map();
      this.#known.set(owner, ofOwner);
    }
    const key = `${mode} ${uid} ${gid} ${mtime}`;
    let attributes = ofOwner.get(key);
    if (attributes === undefined) {
      attributes = { mode, uid, gid, mtime, xattrs: NO_XATTRS, owner };
      ofOwner.set(key, attributes);
    }
    return attributes;
  }
}

/** True where two entries would be written to a layer as the same bytes; contents count as the same only by identity. */
export function sameEntry(a: Node, b: Node): boolean {
  if (a === b) return true;
  if (a.type !== b.type || !sameAttributes(a.attributes, b.attributes)) return false;
  switch (a.type) {
    case "file":
      return b.type === "file" && a.content === b.content && a.inode === b.inode;
    case "symlink":
      return b.type === "symlink" && a.target === b.target;
    case "char":
    case "block":
      return (b.type === "char" || b.type === "block") && a.major === b.major && a.minor === b.minor;
    default:
      return true;
  }
}

/** True where two entries' attributes are written to a layer as the same bytes; owners are not among them. */
export function sameAttributes(a: Attributes, b: Attributes): boolean {
  if (a === b) return true;
  return (
    a.mode === b.mode && a.uid === b.uid && a.gid === b.gid && a.mtime === b.mtime && sameXattrs(a.xattrs, b.xattrs)
  );
}

function sameXattrs(a: Xattrs, b: Xattrs): boolean {
  if (a.size !== b.size) return false;
  return a.entries().every(([name, value]) => {
    const other = b.get(name);
    return other !== undefined && Buffer.compare(value, other) === 0;
  });
}
