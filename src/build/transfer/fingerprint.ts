import { createHash, type Hash } from "node:crypto";
import { DistillError } from "../../lib/errors.ts";
import { Turns } from "../../lib/turns.ts";
import { type Content, digestOfContent } from "../../rootfs/content.ts";
import type { Change } from "../../rootfs/diff.ts";
import { refuseTooManyEntries } from "../../rootfs/entry-count.ts";
import type { Attributes, Inode, Node } from "../../rootfs/node.ts";
import { childOf, comparePaths, displayPath, ROOT, type RootPath } from "../../rootfs/path.ts";
import type { Selected } from "./selection.ts";

/** Characters that are hashed at a time. */
const BATCH = 32 * 1024;

/**
 * What selected files are, whenever they were written and wherever they come from: names, types, modes, owners, links,
 * extended attributes and contents; no times (DESIGN: what a step's key is made of). A context's files are read for it,
 * where they are not known from before. UNSUPPORTED for devices and fifos of a context, LIMIT_EXCEEDED for more entries than
 * an image may have.
 */
export async function fingerprintOf(selected: readonly Selected[], signal: AbortSignal | undefined): Promise<string> {
  const fingerprint = new Fingerprint(signal);
  for (const each of selected) await fingerprint.add(each);
  return fingerprint.hex();
}

/** What changes are, in the same sense. */
export async function fingerprintOfChanges(
  changes: Iterable<Change>,
  signal: AbortSignal | undefined,
): Promise<string> {
  const fingerprint = new Fingerprint(signal);
  await fingerprint.addChanges(changes);
  return fingerprint.hex();
}

class Fingerprint {
  readonly #hash: Hash = createHash("sha256");
  readonly #turns: Turns;
  readonly #digests = new WeakMap<Content, string>();
  #entries = 0;
  #text = "";
  /** The attributes that were described last: neighbours share them. */
  #attributes: Attributes | undefined;
  #described = "";

  constructor(signal: AbortSignal | undefined) {
    this.#turns = new Turns(signal);
  }

  async add({ name, path, node }: Selected): Promise<void> {
    this.#line("selected", name);
    await this.#entry(ROOT, node, path, new Map());
  }

  async addChanges(changes: Iterable<Change>): Promise<void> {
    const links = new Map<Inode, number>();
    for (const { path, node } of changes) {
      if (this.#turns.due) await this.#turns.give();
      if (node?.type === "file") await this.#learn(node.content);
      if (node === undefined) this.#line(path, "removed");
      else this.#line(path, node.type, this.#describe(node.attributes), this.#detail(node, path, links));
    }
  }

  hex(): string {
    this.#flush();
    return this.#hash.digest("hex");
  }

  async #entry(path: RootPath, node: Node, origin: RootPath, links: Map<Inode, number>): Promise<void> {
    if (this.#turns.due) await this.#turns.give();
    if (node.type === "file") await this.#learn(node.content);
    this.#line(path, node.type, this.#describe(node.attributes), this.#detail(node, origin, links));
    if (node.type !== "directory") return;
    this.#entries += node.children.size;
    refuseTooManyEntries(this.#entries, "what is copied");
    for (const name of [...node.children.keys()].sort()) {
      const child = node.children.get(name) as Node;
      // Awaiting costs more than most entries do.
      if (child.type === "directory" || isUnnamed(child) || this.#turns.due) {
        await this.#entry(childOf(path, name), child, childOf(origin, name), links);
      } else {
        const detail = this.#detail(child, childOf(origin, name), links);
        this.#line(childOf(path, name), child.type, this.#describe(child.attributes), detail);
      }
    }
  }

  #detail(node: Node, origin: RootPath, links: Map<Inode, number>): string {
    switch (node.type) {
      case "directory":
        return "";
      case "symlink":
        return node.target;
      case "file":
        return `${this.#identityOf(node.content)} ${node.inode === undefined ? "" : numberOf(links, node.inode)}`;
      default:
        if (node.attributes.owner.kind === "context") throw unsupported(node.type, origin);
        return node.type === "fifo" ? "" : `${node.major}:${node.minor}`;
    }
  }

  #describe(attributes: Attributes): string {
    if (attributes !== this.#attributes) {
      this.#attributes = attributes;
      this.#described = describe(attributes);
    }
    return this.#described;
  }

  async #learn(content: Content): Promise<void> {
    if (content.identity !== undefined || this.#digests.has(content)) return;
    this.#digests.set(content, await digestOfContent(content));
  }

  #identityOf(content: Content): string {
    return content.identity?.() ?? this.#digests.get(content) ?? "";
  }

  /** Nothing that a name, a link or a number holds is a NUL or could be taken for a division. */
  #line(...parts: readonly string[]): void {
    this.#text += `${parts.join("\0")}\0\n`;
    if (this.#text.length >= BATCH) this.#flush();
  }

  #flush(): void {
    this.#hash.update(this.#text, "latin1");
    this.#text = "";
  }
}

/** A file that only its bytes can name. */
function isUnnamed(node: Node): boolean {
  return node.type === "file" && node.content.identity === undefined;
}

function numberOf(links: Map<Inode, number>, inode: Inode): number {
  const known = links.get(inode) ?? links.size;
  links.set(inode, known);
  return known;
}

function describe({ mode, uid, gid, xattrs }: Attributes): string {
  const line = `${mode} ${uid} ${gid}`;
  if (xattrs.size === 0) return line;
  const values = [...xattrs].toSorted(([a], [b]) => comparePaths(a, b));
  return `${line} ${JSON.stringify(values.map(([name, value]) => [name, Buffer.from(value).toString("hex")]))}`;
}

function unsupported(type: string, path: RootPath): DistillError {
  const what = type === "fifo" ? "a fifo" : "a device";
  return new DistillError("UNSUPPORTED", `${displayPath(path).slice(1)} is ${what}, and cannot be copied`, {
    hint: "remove it, or leave it out in .dockerignore",
  });
}
