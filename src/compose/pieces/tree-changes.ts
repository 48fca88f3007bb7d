import { childOf, pathFromText, type RootPath } from "../../rootfs/path.ts";
import type { AccountBook } from "./account-book.ts";
import { changedMode } from "./mode.ts";
import type { PieceContext, PieceWriter } from "./piece.ts";

const SET_ID = 0o6000;

/** Changes permissions as chmod does; false where nothing is there, or the mode is none. */
export function changeMode(
  context: PieceContext,
  write: PieceWriter,
  path: string,
  mode: string,
  recursive: boolean,
): boolean {
  const paths = pathsBelow(context, path, recursive);
  for (const each of paths) {
    const node = context.editor.get(each);
    if (node === undefined || node.type === "symlink") continue;
    const changed = changedMode(node.attributes.mode, mode, node.type === "directory");
    if (changed === undefined) return false;
    write.change(each, { mode: changed });
  }
  return paths.length > 0;
}

/** Changes owners as chown does, which takes setuid and setgid from files; false where nothing is there, or nobody of that name. */
export function changeOwner(
  context: PieceContext,
  write: PieceWriter,
  book: AccountBook,
  change: {
    readonly path: string;
    readonly user: string | undefined;
    readonly group: string | undefined;
    readonly recursive: boolean;
  },
): boolean {
  const paths = pathsBelow(context, change.path, change.recursive);
  const uid = change.user === undefined ? undefined : book.userId(change.user);
  const gid = change.group === undefined ? undefined : book.groupId(change.group);
  if (paths.length === 0 || (change.user !== undefined && uid === undefined)) return false;
  if (change.group !== undefined && gid === undefined) return false;
  for (const each of paths) {
    const node = context.editor.get(each);
    if (node === undefined) continue;
    const { attributes, type } = node;
    const mode = type === "file" ? attributes.mode & ~SET_ID : attributes.mode;
    write.change(each, { uid: uid ?? attributes.uid, gid: gid ?? attributes.gid, mode });
  }
  return true;
}

/** Where a path leads, links followed, with all below it where asked for; nothing where nothing is there. */
function pathsBelow(context: PieceContext, path: string, recursive: boolean): readonly RootPath[] {
  const { path: at, node } = context.editor.follow(pathFromText(path));
  if (node === undefined) return [];
  const found: RootPath[] = [at];
  for (let index = 0; recursive && index < found.length; index++) {
    const here = found[index] as RootPath;
    const each = context.editor.get(here);
    if (each?.type === "directory") for (const name of each.children.keys()) found.push(childOf(here, name));
  }
  return found;
}
