import { bytesContent } from "../../rootfs/content.ts";
import type { Attributer } from "../../rootfs/node.ts";
import type { Owner } from "../../rootfs/owner.ts";
import { parentOf, pathFromText } from "../../rootfs/path.ts";
import type { TreeEditor } from "../../rootfs/tree-editor.ts";
import type { Payload } from "./payload.ts";

const DIRECTORY = "/var/lib/dpkg/status.d";
const RECORDS: Owner = { kind: "composed", piece: "package records" };

/**
 * Records a package where scanners look in a distroless image: its control file as /var/lib/dpkg/status.d/NAME and its
 * md5sums beside it, both byte for byte as the package has them (distroless, PACKAGE_METADATA.md).
 */
export function recordPackage(editor: TreeEditor, attributer: Attributer, payload: Payload): void {
  const attributes = attributer.of({ mode: 0o644, owner: payload.owner });
  const directory = attributer.of({ mode: 0o755, owner: RECORDS });
  const records: readonly (readonly [string, Uint8Array | undefined])[] = [
    [payload.package.name, payload.control],
    [`${payload.package.name}.md5sums`, payload.md5sums],
  ];
  for (const [name, bytes] of records) {
    if (bytes === undefined) continue;
    const path = pathFromText(`${DIRECTORY}/${name}`);
    editor.makeDirectories(parentOf(path), directory);
    editor.put(path, { type: "file", attributes, content: bytesContent(bytes), inode: undefined });
  }
}
