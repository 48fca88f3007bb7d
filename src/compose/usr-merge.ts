import type { Attributer } from "../rootfs/node.ts";
import type { Owner } from "../rootfs/owner.ts";
import { pathFromBytes } from "../rootfs/path.ts";
import type { TreeEditor } from "../rootfs/tree-editor.ts";

/** The links of a usr-merged system; base-files ships the same. */
const LINKS: readonly string[] = ["bin", "lib", "lib64", "sbin"];

/** Makes /bin, /lib, /lib64 and /sbin links into /usr: before any package is unpacked, so that none makes them directories. */
export function makeUsrMergeLinks(editor: TreeEditor, attributer: Attributer, owner: Owner): void {
  const directory = attributer.of({ mode: 0o755, owner });
  const link = attributer.of({ mode: 0o777, owner });
  for (const name of LINKS) {
    editor.makeDirectories(pathFromBytes(`usr/${name}`), directory);
    editor.put(pathFromBytes(name), { type: "symlink", attributes: link, target: `usr/${name}` });
  }
}
