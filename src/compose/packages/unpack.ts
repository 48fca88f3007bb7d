import type { BinaryPackage } from "../../debian/package/package.ts";
import { debPurl } from "../../debian/package/purl.ts";
import { DistillError } from "../../lib/errors.ts";
import type { SliceName } from "../../plan/names.ts";
import type { Content } from "../../rootfs/content.ts";
import type { Attributer, Node } from "../../rootfs/node.ts";
import { displayPath, nameOf, parentOf, pathFromBytes, ROOT, type RootPath } from "../../rootfs/path.ts";
import { nodeFromTar } from "../../rootfs/tar-entries.ts";
import type { TreeEditor } from "../../rootfs/tree-editor.ts";
import { isMarker } from "../../rootfs/whiteout.ts";
import { isCertificateSource } from "../pieces/certificates.ts";
import { type Declaration, isDeclaration } from "../scripts/script-work.ts";
import { LocaleData } from "./locale-data.ts";
import { packageFailure } from "./package-failure.ts";
import type { Payload, PayloadMember } from "./payload.ts";
import { takesPlace } from "./precedence.ts";
import { type Kept, NOTHING_KEPT, sliceOf } from "./slices.ts";

/** What unpacking packages has left out and set aside. */
export interface Unpacked {
  /** Bytes and files that slices have kept out of the image. */
  readonly leftOut: ReadonlyMap<SliceName, { readonly files: number; readonly bytes: number }>;
  /** Files that pieces are made from and that do not ship themselves. */
  readonly sources: ReadonlyMap<RootPath, Content>;
  /** Data of locales, where one is kept. */
  readonly locales: LocaleData;
  /** Files in which packages declare accounts and directories, shipped or not; packages in the order given. */
  readonly declarations: readonly Declaration[];
  /** Paths that slices have kept out of the image. */
  readonly omitted: ReadonlySet<RootPath>;
}

/**
 * Unpacks packages onto a tree, in the order given. Paths follow the links that are there (usr-merge), inside the root;
 * modes (setuid too), owners and times are the package's; a directory that exists keeps its attributes. `installed` are
 * the packages that the tree already has. Files of slices are left out and counted, but for those that are `kept`.
 *
 * Failures name the package: FILE_CONFLICT (see takesPlace), FORMAT_INVALID for a path or a hard link that leads out of
 * the package and for devices and pipes (which no package may hold: Debian Policy 10.6), UNSUPPORTED for a name that
 * means a removal in a layer.
 */
export function unpackPayloads(
  editor: TreeEditor,
  payloads: readonly Payload[],
  attributer: Attributer,
  installed: Iterable<BinaryPackage>,
  kept: Kept = NOTHING_KEPT,
): Unpacked {
  const packages = [...installed, ...payloads.map((payload) => payload.package)];
  const owners = new Map(packages.map((each) => [debPurl(each), each]));
  const leftOut = new Map<SliceName, { files: number; bytes: number }>();
  const sources = new Map<RootPath, Content>();
  const locales = new LocaleData();
  const declarations: Declaration[] = [];
  const omitted = new Set<RootPath>();
  const state = { editor, attributer, owners, leftOut, sources, locales, declarations, omitted, kept };
  for (const payload of payloads) {
    const unpacking = new PackageUnpacking(payload, state);
    try {
      for (const member of payload.members) unpacking.member(member);
    } catch (error) {
      throw packageFailure(payload.package, error);
    }
  }
  return { leftOut, sources, locales, declarations, omitted };
}

interface UnpackState {
  readonly editor: TreeEditor;
  readonly attributer: Attributer;
  /** By purl. */
  readonly owners: ReadonlyMap<string, BinaryPackage>;
  readonly leftOut: Map<SliceName, { files: number; bytes: number }>;
  readonly sources: Map<RootPath, Content>;
  readonly locales: LocaleData;
  readonly kept: Kept;
  readonly declarations: Declaration[];
  readonly omitted: Set<RootPath>;
}

class PackageUnpacking {
  readonly #payload: Payload;
  readonly #state: UnpackState;
  /** What the package has brought so far, shipped or not, by where it lies: its hard links lead there and nowhere else. */
  readonly #brought = new Map<RootPath, Node>();

  constructor(payload: Payload, state: UnpackState) {
    this.#payload = payload;
    this.#state = state;
  }

  member(member: PayloadMember): void {
    const { editor, sources, locales, kept } = this.#state;
    const path = editor.followParents(pathFromBytes(member.header.path)).path;
    if (path === ROOT) return;
    const node = this.#node(member);
    if (node.type === "char" || node.type === "block" || node.type === "fifo") throw refusedType(path, node.type);
    if (node.type !== "directory") this.#brought.set(path, node);
    if (node.type === "file" && kept.everything !== true && isCertificateSource(path)) {
      sources.set(path, node.content);
      return;
    }
    if (node.type === "file" && isDeclaration(path)) this.#declare(path, node.content);
    if (kept.everything === true) {
      this.#place(path, node);
      return;
    }
    const slice = sliceOf(node.type === "directory" ? (`${path}/` as RootPath) : path, kept);
    // The locale that is kept is put together from all of them.
    const isLocaleData = kept.locale !== undefined && locales.add(path, node);
    if (slice === undefined && isLocaleData && !kept.slices.includes("locales")) return;
    if (slice === undefined) this.#place(path, node);
    else if (node.type !== "directory") this.#leaveOut(path, slice.name, member.header.size);
  }

  #node({ header, offset }: PayloadMember): Node {
    const { editor, attributer } = this.#state;
    const { data, owner } = this.#payload;
    return nodeFromTar(header, () => data.range(offset, header.size), owner, attributer, {
      find: (target) => this.#brought.get(editor.followParents(target).path),
      share: (target, shared) => {
        const path = editor.followParents(target).path;
        if (editor.get(path) === this.#brought.get(path)) editor.put(path, shared);
        this.#brought.set(path, shared);
      },
    });
  }

  #place(path: RootPath, node: Node): void {
    if (isMarker(nameOf(path))) {
      throw new DistillError("UNSUPPORTED", `${displayPath(path)} would mean a removal in a layer`);
    }
    const { editor, attributer } = this.#state;
    const present = editor.get(path);
    if (present !== undefined && !this.#takesPlace(path, present, node)) return;
    editor.makeDirectories(parentOf(path), attributer.of({ mode: 0o755, owner: this.#payload.owner }));
    editor.put(path, node);
  }

  #takesPlace(path: RootPath, present: Node, arriving: Node): boolean {
    const { editor, owners } = this.#state;
    const { owner } = present.attributes;
    return takesPlace({
      path,
      present,
      presentIsDirectory: editor.follow(path).node?.type === "directory",
      owner: owner.kind === "package" ? owners.get(owner.purl) : undefined,
      arriving,
      arrivingIsDirectory: arriving.type === "directory" || this.#leadsToDirectory(path, arriving),
      from: this.#payload.package,
    });
  }

  #leadsToDirectory(path: RootPath, node: Node): boolean {
    if (node.type !== "symlink") return false;
    const target = node.target.startsWith("/") ? node.target : `${parentOf(path)}/${node.target}`;
    return this.#state.editor.snapshot().find(target)?.node.type === "directory";
  }

  #declare(path: RootPath, content: Content): void {
    this.#state.declarations.push({ package: this.#payload.package.name, path, content });
  }

  #leaveOut(path: RootPath, slice: SliceName, bytes: number): void {
    const { leftOut, omitted } = this.#state;
    omitted.add(path);
    const sum = leftOut.get(slice) ?? { files: 0, bytes: 0 };
    leftOut.set(slice, { files: sum.files + 1, bytes: sum.bytes + bytes });
  }
}

function refusedType(path: RootPath, type: "char" | "block" | "fifo"): DistillError {
  const what = type === "fifo" ? "a named pipe" : `a ${type} device`;
  return new DistillError("FORMAT_INVALID", `${displayPath(path)} is ${what}, which no package may hold`);
}
