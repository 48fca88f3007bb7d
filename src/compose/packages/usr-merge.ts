import type { Attributer } from "../../rootfs/node.ts";
import type { Owner } from "../../rootfs/owner.ts";
import { pathFromBytes } from "../../rootfs/path.ts";
import type { TreeEditor } from "../../rootfs/tree-editor.ts";
import type { DebianArchitecture } from "../request.ts";

/** The links of a usr-merged system; base-files of trixie ships the same. */
const LINKS: readonly string[] = ["bin", "lib", "sbin"];

/** Where the ABI of a processor puts its loader beside /lib. */
const FURTHER: Readonly<Partial<Record<string, readonly string[]>>> = { amd64: ["lib64"] };

/** Makes /bin, /lib and their like links into /usr: before any package is unpacked, so that none makes them directories. */
export function makeUsrMergeLinks(
  editor: TreeEditor,
  attributer: Attributer,
  owner: Owner,
  architecture: DebianArchitecture,
): void {
  const directory = attributer.of({ mode: 0o755, owner });
  const link = attributer.of({ mode: 0o777, owner });
  for (const name of [...LINKS, ...(FURTHER[architecture.name] ?? [])].sort()) {
    editor.makeDirectories(pathFromBytes(`usr/${name}`), directory);
    editor.put(pathFromBytes(name), { type: "symlink", attributes: link, target: `usr/${name}` });
  }
}
