import { createHash } from "node:crypto";
import { streamed } from "./tar.ts";

/** What an entry of a root file system is, in comparable values. */
export interface TarFacts {
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Whole seconds. */
  readonly mtime: number;
  /** Of a file: size and SHA-256 of its content. Of a link: where it leads. */
  readonly content: string;
  /** All names of the same file, in order, where there are several. */
  readonly names: readonly string[];
  readonly xattrs: Readonly<Record<string, string>>;
}

/** The entries of a root file system's archive by path, the same whichever name of a hard-linked file has the content. */
export async function tarFacts(archive: Buffer): Promise<ReadonlyMap<string, TarFacts>> {
  const { entries, message } = await streamed(archive);
  if (message !== "") throw new Error(message);
  const plain = (path: string): string => path.replace(/^\.?\/+/, "").replace(/\/$/, "");
  const files = new Map(entries.map((entry) => [plain(entry.header.path), entry]));
  const links = new Map<string, string[]>();
  for (const { header } of entries) {
    const first = plain(header.type === "hardlink" ? header.linkname : header.path);
    links.set(first, [...(links.get(first) ?? []), plain(header.path)]);
  }
  return new Map(
    entries.map((entry): [string, TarFacts] => {
      const path = plain(entry.header.path);
      const first = entry.header.type === "hardlink" ? plain(entry.header.linkname) : path;
      const { header, body } = files.get(first) ?? entry;
      const names = (links.get(first) ?? []).toSorted();
      const { type, mode, uid, gid, mtime, linkname } = header;
      const hash = createHash("sha256").update(body).digest("hex");
      const content = type === "symlink" ? linkname : type === "file" ? `${body.length} ${hash}` : "";
      const xattrs = Object.fromEntries(header.xattrs.entries().map(([k, v]) => [k, Buffer.from(v).toString("hex")]));
      return [path, { type, mode, uid, gid, mtime: Math.floor(mtime), content, names, xattrs }];
    }),
  );
}
