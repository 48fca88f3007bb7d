import type { ElfReader } from "../../linker/elf-reader.ts";
import { type Content, textContent } from "../../rootfs/content.ts";
import type { Attributer } from "../../rootfs/node.ts";
import type { Owner } from "../../rootfs/owner.ts";
import { parentOf, pathFromText, type RootPath } from "../../rootfs/path.ts";
import type { TreeEditor } from "../../rootfs/tree-editor.ts";
import type { LocaleData } from "../packages/locale-data.ts";
import type { ScriptWork } from "../scripts/script-work.ts";
import type { Settings } from "../settings.ts";

export type PieceName =
  | "skeleton"
  | "accounts"
  | "os-release"
  | "name-service"
  | "certificates"
  | "openssl-default"
  | "python"
  | "java-cacerts"
  | "package-accounts"
  | "script-files"
  | "tmpfiles"
  | "alternatives"
  | "fontconfig"
  | "ld-so-cache"
  | "busybox"
  | "asked-accounts"
  | "asked-certificates"
  | "time-zone"
  | "locale"
  | "asked-files";

/** What a piece works with. `editor` holds the tree with the tier's packages unpacked. */
export interface PieceContext {
  readonly editor: TreeEditor;
  readonly attributer: Attributer;
  readonly elfReader: ElfReader;
  /** Debian's multiarch tuple, such as x86_64-linux-gnu. */
  readonly tuple: string;
  /** Files of packages that a piece is made from and that do not ship themselves, by path. */
  readonly sources: ReadonlyMap<RootPath, Content>;
  /** The locales of the tier's packages. */
  readonly locales: LocaleData;
  readonly settings: Settings;
  /** Single certificates of this tier and of those below, by path; the bundle alone does not tell their names. */
  readonly certificates: ReadonlyMap<RootPath, Content>;
  readonly scripts: ScriptWork;
}

/** One effect of maintainer scripts, done by distill. */
export type Piece = (context: PieceContext) => Promise<void> | void;

/** Writes into the tree in the name of one piece, root-owned unless said otherwise. */
export class PieceWriter {
  readonly #context: PieceContext;
  readonly #owner: Owner;

  constructor(context: PieceContext, piece: PieceName) {
    this.#context = context;
    this.#owner = { kind: "composed", piece };
  }

  file(path: string, content: Content | string, mode = 0o644, uid = 0, gid = uid): void {
    const node = {
      type: "file" as const,
      attributes: this.#context.attributer.of({ mode, uid, gid, owner: this.#owner }),
      content: typeof content === "string" ? textContent(content) : content,
      inode: undefined,
    };
    const at = this.#place(path);
    this.#context.editor.put(at, node);
  }

  directory(path: string, mode = 0o755, uid = 0, gid = uid): void {
    const attributes = this.#context.attributer.of({ mode, uid, gid, owner: this.#owner });
    this.#context.editor.put(this.#place(path), { type: "directory", attributes, children: new Map() });
  }

  link(path: string, target: string, uid = 0, gid = uid): void {
    const attributes = this.#context.attributer.of({ mode: 0o777, uid, gid, owner: this.#owner });
    this.#context.editor.put(this.#place(path), { type: "symlink", attributes, target });
  }

  /** The same entry with other permissions or owners; one of several hard links becomes a file of its own. */
  change(path: RootPath, values: { readonly mode?: number; readonly uid?: number; readonly gid?: number }): void {
    const { editor, attributer } = this.#context;
    const node = editor.get(path);
    if (node === undefined) return;
    const attributes = attributer.of({ ...node.attributes, ...values });
    editor.put(path, node.type === "file" ? { ...node, attributes, inode: undefined } : { ...node, attributes });
  }

  #place(path: string): RootPath {
    const { editor, attributer } = this.#context;
    const at = editor.followParents(pathFromText(path)).path;
    editor.makeDirectories(parentOf(at), attributer.of({ mode: 0o755, owner: this.#owner }));
    return at;
  }
}
