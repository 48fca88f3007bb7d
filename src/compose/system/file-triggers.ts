import { readContent } from "../../rootfs/content.ts";
import { pathFromText } from "../../rootfs/path.ts";
import type { TreeEditor } from "../../rootfs/tree-editor.ts";
import type { Payload } from "../packages/payload.ts";

const INTERESTS = pathFromText("/var/lib/dpkg/triggers/File");
const MAX_INTERESTS = 1024 ** 2;

/**
 * The paths that installed packages watch (deb-triggers(5)) and at or below which these packages have brought something:
 * dpkg notes them while it unpacks. Sorted.
 */
export async function fileTriggers(editor: TreeEditor, payloads: readonly Payload[]): Promise<readonly string[]> {
  const node = editor.get(INTERESTS);
  if (node?.type !== "file") return [];
  const text = Buffer.from(await readContent(node.content, MAX_INTERESTS)).toString("latin1");
  const watched = new Set(text.split("\n").flatMap((line) => line.split(" ", 1)[0] || []));
  const touched = new Set<string>();
  for (const { members } of payloads) {
    for (const { header } of members) {
      const path = `/${header.path.replace(/^\.?\//, "").replace(/\/$/, "")}`;
      for (let at = path; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) if (watched.has(at)) touched.add(at);
    }
  }
  return [...touched].sort();
}
