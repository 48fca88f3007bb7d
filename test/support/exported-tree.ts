import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readTar } from "../../src/formats/tar/reader.ts";

/** What of an exported root file system is compared. */
export interface CompareOptions {
  /** Of files with later times than this (seconds) the time is "now": a build made them. */
  readonly now?: number;
  /** Whether it counts which names are links of one another. */
  readonly links?: boolean;
  /** Asked of each path: undefined where it counts in full, else what of it does not. */
  readonly except?: (path: string) => "all" | "content" | undefined;
}

/** A root file system as lines by path: type, mode, owner, time of files, extended attributes, target, hash of what it holds. */
export async function exportedTree(tar: string, options: CompareOptions = {}): Promise<ReadonlyMap<string, string>> {
  const entries = new Map<string, string>();
  const groups = new Map<string, string[]>();
  for await (const { header, body } of readTar(createReadStream(tar))) {
    const name = nameOf(header.path);
    const hash = createHash("sha256");
    for await (const chunk of body) hash.update(chunk);
    if (name === "" || options.except?.(name) === "all") continue;
    const { type, mode, uid, gid, linkname, mtime, size, devmajor, devminor, xattrs } = header;
    if (type === "hardlink") {
      const target = nameOf(linkname);
      groups.get(target)?.push(name);
      entries.set(name, entries.get(target) ?? `link to ${target}`);
      continue;
    }
    if (type === "file") groups.set(name, [name]);
    const content = options.except?.(name) === "content" ? "" : `${size} ${hash.digest("hex").slice(0, 16)}`;
    const isNew = options.now !== undefined && mtime >= options.now;
    const time = options.except?.(name) === "content" ? "" : isNew ? " now" : ` @${Math.floor(mtime)}`;
    const attributes = [...xattrs].map(([key, value]) => ` ${key}=${Buffer.from(value).toString("hex")}`).sort();
    const more = {
      ...{ file: `${content}${time}`, symlink: `-> ${linkname}`, char: `${devmajor},${devminor}` },
      ...{ block: `${devmajor},${devminor}`, directory: "", fifo: "" },
    }[type];
    entries.set(name, `${type} ${mode.toString(8)} ${uid}:${gid} ${more}${attributes.join("")}`);
  }
  if (options.links) {
    for (const names of groups.values()) {
      if (names.length === 1) continue;
      const all = names.toSorted().join(" = ");
      for (const name of names) entries.set(name, `${entries.get(name)} (${all})`);
    }
  }
  return new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Lines that say how two of them differ, `-` for the first and `+` for the second; none where they do not. */
export function treeDifference(
  first: ReadonlyMap<string, string>,
  second: ReadonlyMap<string, string>,
): readonly string[] {
  const paths = [...new Set([...first.keys(), ...second.keys()])].sort();
  return paths.flatMap((path) => {
    const [before, now] = [first.get(path), second.get(path)];
    if (before === now) return [];
    return [
      ...(before === undefined ? [] : [`- ${path}: ${before}`]),
      ...(now === undefined ? [] : [`+ ${path}: ${now}`]),
    ];
  });
}

function nameOf(path: string): string {
  const name = Buffer.from(path, "latin1")
    .toString("utf8")
    .replace(/^\.?\//, "")
    .replace(/\/$/, "");
  return name === "." ? "" : name;
}
