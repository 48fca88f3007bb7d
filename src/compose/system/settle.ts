import { bytesContent, readContent } from "../../rootfs/content.ts";
import type { Node } from "../../rootfs/node.ts";
import { childOf, pathFromText, ROOT, type RootPath } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { TreeEditor } from "../../rootfs/tree-editor.ts";
import { isLeftOutOfSlim } from "./system-files.ts";

/** What says when and where packages were configured, and copies of what was there before. */
const TRACES =
  /^(?:var\/log\/(?:dpkg|alternatives|bootstrap|fontconfig)\.log|var\/log\/apt\/.+|var\/cache\/ldconfig\/aux-cache|var\/cache\/debconf\/.+-old|var\/cache\/apt\/[^/]+\.bin|var\/lib\/dpkg\/(?:status|available|diversions|statoverride)-old|etc\/(?:passwd|group|shadow|gshadow|subuid|subgid)-|etc\/machine-id|var\/lib\/dbus\/machine-id|(?:tmp|var\/tmp)\/.+)$/s;

/** What programs that run leave for others that run; its directories stay. */
const OF_THE_MOMENT = /^run\//;

const SHADOW = pathFromText("/etc/shadow");
const MAX_SHADOW = 1024 ** 2;

/**
 * The root file system without what depends on the clock, the machine or chance: logs, caches that are made again, copies
 * of databases, the days on which passwords were set (no day: they never age). Of slim images also without documentation.
 * `before` is what it was before its packages were configured.
 */
export async function settled(tree: Tree, before: Tree, { slim }: { readonly slim: boolean }): Promise<Tree> {
  const editor = new TreeEditor(tree);
  const gone = [...tree.entries()].filter(
    ([path, node]) =>
      (TRACES.test(path) && before.get(path) !== node) ||
      (node.type !== "directory" && OF_THE_MOMENT.test(path)) ||
      (slim && node.type !== "directory" && !isDocumentationLink(path, node) && isLeftOutOfSlim(path)),
  );
  for (const [path] of gone) editor.remove(path);
  await withoutDays(editor);
  if (slim) removeEmptyDirectories(editor, pathFromText("/usr/share"));
  return editor.done();
}

/** What leads to the documentation of another package leads to its licence, too. */
function isDocumentationLink(path: RootPath, node: Node): boolean {
  return node.type === "symlink" && /^usr\/share\/doc\/[^/]+$/.test(path);
}

/** shadow(5): an empty third field means that the password does not age; 0 would mean that it has to be changed. */
async function withoutDays(editor: TreeEditor): Promise<void> {
  const node = editor.get(SHADOW);
  if (node?.type !== "file") return;
  const text = Buffer.from(await readContent(node.content, MAX_SHADOW)).toString("latin1");
  const changed = text.replaceAll(/^([^:\n]*:[^:\n]*:)\d+:/gm, "$1:");
  if (changed !== text) editor.put(SHADOW, { ...node, content: bytesContent(Buffer.from(changed, "latin1")) });
}

/** Directories of documentation that have nothing left in them. */
function removeEmptyDirectories(editor: TreeEditor, at: RootPath): void {
  const node = editor.get(at);
  if (node?.type !== "directory") return;
  for (const [name, child] of node.children) {
    const path = childOf(at, name);
    if (isLeftOutOfSlim(`${path}/x`) && child.type === "directory") prune(editor, path, child);
  }
}

function prune(editor: TreeEditor, path: RootPath, directory: Node & { readonly type: "directory" }): boolean {
  let empty = true;
  for (const [name, child] of directory.children) {
    if (child.type !== "directory" || !prune(editor, childOf(path, name), child)) empty = false;
  }
  return empty && path !== ROOT && path.split("/").length > 3 && editor.remove(path);
}
