import type { SizeNode } from "../inventory/size-tree.ts";
import { count, formatBytes, formatTable } from "./format.ts";

/** Children of one node that are shown. */
const MAX_CHILDREN = 25;

/** Sizes as an indented tree, largest first. */
export function sizeTreeText(root: SizeNode): string {
  const rows: string[][] = [];
  const add = (node: SizeNode, indent: string): void => {
    rows.push([
      formatBytes(node.bytes),
      String(node.files),
      `${indent}${node.name}${node.kind === "directory" && indent !== "" ? "/" : ""}`,
    ]);
    for (const child of node.children.slice(0, MAX_CHILDREN)) add(child, `${indent}  `);
    const rest = node.children.slice(MAX_CHILDREN);
    if (rest.length === 0) return;
    const bytes = rest.reduce((sum, each) => sum + each.bytes, 0);
    const files = rest.reduce((sum, each) => sum + each.files, 0);
    rows.push([formatBytes(bytes), String(files), `${indent}  and ${count(rest.length, "other")}`]);
  };
  add(root, "");
  return formatTable(["SIZE", "FILES", "WHAT"], rows, [0, 1]);
}
