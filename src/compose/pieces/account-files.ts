import { readContent } from "../../rootfs/content.ts";
import { pathFromText } from "../../rootfs/path.ts";
import type { PieceContext } from "./piece.ts";

const LIMIT = 1024 * 1024;

/** Lines of /etc/passwd or /etc/group (passwd(5), group(5)), split into their fields. */
export type AccountLines = readonly (readonly string[])[];

/** Reads one of the two files of the tree as it is; no lines where there is none. */
export async function readAccountFile(context: PieceContext, path: string): Promise<AccountLines> {
  const { node } = context.editor.follow(pathFromText(path));
  if (node?.type !== "file") return [];
  const text = Buffer.from(await readContent(node.content, LIMIT)).toString("utf8");
  return text.split("\n").flatMap((line) => (line === "" ? [] : [line.split(":")]));
}

/** The file with these lines. */
export function formatAccountLines(lines: AccountLines): string {
  return lines.map((fields) => `${fields.join(":")}\n`).join("");
}
