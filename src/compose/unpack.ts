import type { BinaryPackage } from "../debian/package.ts";
import { DistillError } from "../lib/errors.ts";
import type { Content } from "../rootfs/content.ts";
import type { Attributer, FileNode, Node } from "../rootfs/node.ts";
import type { Owner } from "../rootfs/owner.ts";
import { displayPath, parentOf, pathFromBytes, ROOT, type RootPath } from "../rootfs/path.ts";
import { nodeFromTar } from "../rootfs/tar-entries.ts";
import type { TreeEditor } from "../rootfs/tree-editor.ts";
import type { Payload, PayloadMember } from "./payload.ts";
import { isCertificateSource } from "./pieces/certificates.ts";
import { type SliceName, sliceOf } from "./slices.ts";

/** What unpacking packages has left out and set aside. */
export interface Unpacked {
  /** Bytes and files that slices have kept out of the image. */
  readonly leftOut: ReadonlyMap<SliceName, { readonly files: number; readonly bytes: number }>;
  /** Files that pieces are made from and that do not ship themselves. */
  readonly sources: ReadonlyMap<RootPath, Content>;
}

/** The links of a usr-merged system (base-files ships the same), made first so that no package makes them directories. */
const USR_MERGE: readonly string[] = ["bin", "lib", "lib64", "sbin"];

/**
 * Unpacks packages onto a tree in byte order of their names. Paths follow the links that are there (usr-merge); a
 * directory that exists keeps its attributes; one path in two packages is FILE_CONFLICT unless the later one says
 * Replaces. Files of slices are left out and counted.
 */
export function unpackPayloads(editor: TreeEditor, payloads: readonly Payload[], attributer: Attributer): Unpacked {
  const state = new Unpacking(editor, payloads, attributer);
  for (const payload of payloads) {
    for (const member of payload.members) state.member(payload, member);
  }
  return state;
}

/** Makes /bin, /lib, /lib64 and /sbin links into /usr. */
export function makeUsrMergeLinks(editor: TreeEditor, attributer: Attributer, owner: Owner): void {
  const directory = attributer.of({ mode: 0o755, owner });
  const link = attributer.of({ mode: 0o777, owner });
  for (const name of USR_MERGE) {
    editor.makeDirectories(pathFromBytes(`usr/${name}`), directory);
    editor.put(pathFromBytes(name), { type: "symlink", attributes: link, target: `usr/${name}` });
  }
}

class Unpacking implements Unpacked {
  readonly leftOut = new Map<SliceName, { files: number; bytes: number }>();
  readonly sources = new Map<RootPath, Content>();
  readonly #editor: TreeEditor;
  readonly #attributer: Attributer;
  readonly #packages: ReadonlyMap<Owner, BinaryPackage>;

  constructor(editor: TreeEditor, payloads: readonly Payload[], attributer: Attributer) {
    this.#editor = editor;
    this.#attributer = attributer;
    this.#packages = new Map(payloads.map((payload) => [payload.owner, payload.package]));
  }

  member(payload: Payload, member: PayloadMember): void {
    const { header } = member;
    const path = this.#editor.followParents(pathFromBytes(header.path)).path;
    if (path === ROOT) return;
    if (header.type === "file" && isCertificateSource(path)) {
      this.sources.set(path, payload.data.range(member.offset, header.size));
      return;
    }
    const slice = sliceOf(header.type === "directory" ? (`${path}/` as RootPath) : path);
    if (slice !== undefined) {
      if (header.type !== "directory") this.#countLeftOut(slice.name, header.size);
      return;
    }
    const node = this.#node(payload, member);
    if (!this.#isPresentDirectory(path, node, payload)) this.#put(path, node, payload);
  }

  #node(payload: Payload, { header, offset }: PayloadMember): Node {
    return nodeFromTar(header, () => payload.data.range(offset, header.size), payload.owner, this.#attributer, {
      find: (target) => this.#editor.followParents(target).node,
      share: (target, shared: FileNode) => this.#editor.put(this.#editor.followParents(target).path, shared),
    });
  }

  #put(path: RootPath, node: Node, payload: Payload): void {
    this.#editor.makeDirectories(parentOf(path), this.#attributer.of({ mode: 0o755, owner: payload.owner }));
    this.#editor.put(path, node);
  }

  /** True where nothing is to be done; FILE_CONFLICT where the path belongs to another package. */
  #isPresentDirectory(path: RootPath, node: Node, payload: Payload): boolean {
    const present = this.#editor.get(path);
    if (present === undefined) return false;
    if (node.type === "directory" && this.#editor.follow(path).node?.type === "directory") return true;
    if (node.type === "symlink" && present.type === "symlink" && node.target === present.target) return true;
    const other = this.#packages.get(present.attributes.owner);
    if (other === undefined || other === payload.package) return false;
    if (replaces(payload.package, other)) return false;
    if (replaces(other, payload.package)) return true;
    throw new DistillError(
      "FILE_CONFLICT",
      `${displayPath(path)} is in two packages: ${other.name} ${other.version} and ${payload.package.name} ${payload.package.version}`,
      { hint: "choose one of the packages; neither says that it replaces the other" },
    );
  }

  #countLeftOut(slice: SliceName, bytes: number): void {
    const sum = this.leftOut.get(slice) ?? { files: 0, bytes: 0 };
    this.leftOut.set(slice, { files: sum.files + 1, bytes: sum.bytes + bytes });
  }
}

function replaces(a: BinaryPackage, b: BinaryPackage): boolean {
  return a.replaces.some((alternatives) => alternatives.some((relation) => relation.name === b.name));
}
