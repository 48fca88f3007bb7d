import { DistillError } from "../errors.ts";
import { isFullHash } from "./address.ts";

/** An entry of a directory as git keeps it. */
export interface GitTreeEntry {
  /** Bytes as latin1; never "", ".", "..", ".git", nor with a slash. */
  readonly name: string;
  readonly type: "file" | "executable" | "symlink" | "directory" | "submodule";
  readonly id: string;
}

export interface GitCommit {
  readonly tree: string;
  /** When it was committed, in seconds since the epoch. */
  readonly time: number;
}

/** By the bits that git itself looks at: old repositories hold more modes than today's write. */
const KINDS: ReadonlyMap<number, GitTreeEntry["type"]> = new Map([
  [0o040000, "directory"],
  [0o120000, "symlink"],
  [0o160000, "submodule"],
]);

const MAX_NAME = 255;

/** The last second of the year 9999: later times are nonsense, and archives cannot hold all of them. */
const LAST_TIME = 253_402_300_799;

/**
 * The entries of a tree object (git's object format: `MODE NAME NUL HASH`, one behind the other). FORMAT_INVALID for what
 * is none, and for names that git refuses to check out.
 */
export function parseTree(body: Buffer, hashBytes: number): readonly GitTreeEntry[] {
  const entries: GitTreeEntry[] = [];
  const names = new Set<string>();
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(32, at);
    const end = body.indexOf(0, at);
    if (space < 0 || end < space || end + 1 + hashBytes > body.length) throw invalid("a directory of it breaks off");
    const mode = body.toString("latin1", at, space);
    const name = body.toString("latin1", space + 1, end);
    at = end + 1 + hashBytes;
    checkName(name);
    if (names.has(name)) throw invalid(`${shown(name)} stands twice in a directory of it`);
    names.add(name);
    entries.push({ name, type: typeOf(mode), id: body.toString("hex", end + 1, at) });
  }
  return entries;
}

/** What a commit object says of its files and its time; FORMAT_INVALID for what is none. */
export function parseCommit(body: Buffer): GitCommit {
  const head = body.toString("latin1", 0, Math.max(0, body.indexOf("\n\n")));
  const tree = /^tree ([0-9a-f]+)(?:\n|$)/.exec(head)?.[1] ?? "";
  const time = /^committer .*?(-?\d{1,15}) [+-]\d+$/m.exec(head)?.[1];
  if (!isFullHash(tree)) throw invalid("its commit names no directory");
  return { tree, time: Math.min(Math.max(0, Number(time ?? 0)), LAST_TIME) };
}

/** The commit that a tag object names, or another object. */
export function parseTag(body: Buffer): { readonly object: string; readonly type: string } {
  const [, object, type] = /^object ([0-9a-f]+)\ntype (\w+)\n/.exec(body.toString("latin1", 0, 500)) ?? [];
  if (object === undefined || type === undefined || !isFullHash(object)) throw invalid("a tag of it names nothing");
  return { object, type };
}

function typeOf(mode: string): GitTreeEntry["type"] {
  const bits = Number.parseInt(mode, 8);
  if (!/^[0-7]{5,6}$/.test(mode)) throw invalid(`${JSON.stringify(mode)} is no mode`);
  const kind = KINDS.get(bits & 0o170000);
  if (kind !== undefined) return kind;
  if ((bits & 0o170000) !== 0o100000) throw invalid(`${mode} is the mode of nothing that git keeps`);
  return (bits & 0o100) === 0 ? "file" : "executable";
}

/** A repository inside a repository would count as one of its own to programs that run there: git refuses it as well. */
function checkName(name: string): void {
  if (name === "" || name === "." || name === ".." || name.includes("/") || name.length > MAX_NAME) {
    throw invalid(`${shown(name)} is the name of no file`);
  }
  if (name.toLowerCase() === ".git") throw invalid(`it holds a file that is called ${shown(name)}`);
}

function shown(name: string): string {
  return JSON.stringify(Buffer.from(name.slice(0, 100), "latin1").toString("utf8"));
}

function invalid(why: string): DistillError {
  return new DistillError("FORMAT_INVALID", `the repository is not one that can be checked out: ${why}`, {
    hint: "git fsck names what is wrong in it",
  });
}
