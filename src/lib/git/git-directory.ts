import { createHash } from "node:crypto";
import type { Checkout, CheckoutEntry } from "./checkout.ts";

/** A small file of a .git directory. */
export interface GitFile {
  readonly path: string;
  readonly bytes: Buffer;
}

/** What git calls the things that it checks out. */
const MODES: Readonly<Record<string, number>> = { symlink: 0o120000, submodule: 0o160000 };

/** Length of the name in the flags of an entry. */
const NAME_MASK = 0xfff;

/**
 * The objects that a .git directory of a checkout needs: tags, the commit, and everything in it, each once. Those of
 * submodules are not among them.
 */
export function objectsOf({ chain, root, entries }: Checkout): readonly string[] {
  const own = entries.filter(({ type, revision }) => revision === 0 && type !== "submodule");
  return [...new Set([...chain, root, ...own.map(({ id }) => id)])];
}

/**
 * A .git directory but for its pack: HEAD at the commit itself, the ref that was asked for, the index, and where it came
 * from, without a password. Nothing in it comes from a clock or a machine: the index knows no times and no inodes, so the
 * first `git status` reads the files once.
 */
export function gitDirectoryFiles(
  checkout: Checkout,
  origin: string,
  ref: { readonly name: string; readonly object: string } | undefined,
): readonly GitFile[] {
  const { commit } = checkout;
  const text = (path: string, value: string): GitFile => ({ path, bytes: Buffer.from(value, "utf8") });
  const named = ref === undefined ? "" : `${ref.object} ${ref.name}\n${ref.object === commit ? "" : `^${commit}\n`}`;
  return [
    text("HEAD", `${commit}\n`),
    text("config", configuration(origin, commit.length === 64)),
    { path: "index", bytes: indexFile(checkout.entries, commit.length === 64 ? "sha256" : "sha1") },
    text("packed-refs", `# pack-refs with: peeled fully-peeled sorted \n${named}`),
    text("shallow", `${commit}\n`),
  ];
}

function configuration(origin: string, sha256: boolean): string {
  const url = origin.replace(/["\\]/g, "\\$&");
  return [
    "[core]",
    `\trepositoryformatversion = ${sha256 ? 1 : 0}`,
    "\tfilemode = true",
    "\tbare = false",
    ...(sha256 ? ["[extensions]", "\tobjectformat = sha256"] : []),
    '[remote "origin"]',
    `\turl = "${url}"`,
    "\tfetch = +refs/heads/*:refs/remotes/origin/*",
    "",
  ].join("\n");
}

/** Version 2 of git's index (gitformat-index(5)). */
function indexFile(all: readonly CheckoutEntry[], algorithm: "sha1" | "sha256"): Buffer {
  const entries = all.filter(({ type, revision }) => revision === 0 && type !== "directory");
  const header = Buffer.from("DIRC\0\0\0\x02\0\0\0\0", "latin1");
  header.writeUInt32BE(entries.length, 8);
  const parts = [header];
  for (const entry of entries) {
    const stat = Buffer.alloc(40);
    const mode = MODES[entry.type] ?? (entry.type === "file" && entry.executable ? 0o100755 : 0o100644);
    stat.writeUInt32BE(mode, 24);
    const name = Buffer.from(entry.path, "latin1");
    const flags = Buffer.alloc(2);
    flags.writeUInt16BE(Math.min(name.length, NAME_MASK));
    const id = Buffer.from(entry.id, "hex");
    const length = stat.length + id.length + flags.length + name.length;
    parts.push(stat, id, flags, name, Buffer.alloc(8 - (length % 8)));
  }
  const body = Buffer.concat(parts);
  return Buffer.concat([body, createHash(algorithm).update(body).digest()]);
}
