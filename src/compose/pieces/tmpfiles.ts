import { displayPath, pathFromText } from "../../rootfs/path.ts";
import type { ScriptCommand } from "../scripts/script-work.ts";
import { AccountBook } from "./account-book.ts";
import { attempt } from "./attempt.ts";
import { declaredTexts } from "./declared-lines.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";
import { readTmpfiles, type TmpfilesLine } from "./tmpfiles-lines.ts";
import { changeMode, changeOwner } from "./tree-changes.ts";

const WRITABLE = /^\/(?:var|etc|run)\//;

/**
 * Directories, links and files that packages declare in usr/lib/tmpfiles.d, which systemd-tmpfiles --create makes in
 * their postinst and at each boot (tmpfiles.d(5)): below /var, /etc and /run. Lines of another kind are told as undone.
 */
export async function tmpfiles(context: PieceContext): Promise<void> {
  const declared = await declaredTexts(context, "usr/lib/tmpfiles.d");
  if (declared.length === 0) return;
  const book = await AccountBook.of(context);
  const write = new PieceWriter(context, "tmpfiles");
  for (const declaration of declared) {
    for (const each of readTmpfiles(declaration.text)) {
      if (attempt(() => apply(each, context, write, book))) continue;
      const command: ScriptCommand = { script: declaration.path, line: each.line, command: each.source };
      context.scripts.undone(declaration.package, command);
    }
  }
  book.save(write);
}

function apply(line: TmpfilesLine, context: PieceContext, write: PieceWriter, book: AccountBook): boolean {
  if (line.kind === "nothing") return true;
  if (line.kind === "unread") return false;
  const { editor } = context;
  const at = editor.followParents(pathFromText(line.path)).path;
  const path = displayPath(at);
  if (!WRITABLE.test(path)) return false;
  const present = editor.follow(at).node;
  switch (line.kind) {
    case "directory":
      if (present !== undefined && present.type !== "directory") return false;
      if (present === undefined) write.directory(path);
      break;
    case "file":
      if (present === undefined || (present.type === "file" && line.replace)) write.file(path, line.argument);
      break;
    case "link":
      if (editor.get(at)?.type === "directory") return false;
      if (editor.get(at) === undefined || line.replace) write.link(path, line.argument);
      return true;
    default:
      if (present === undefined) return true;
  }
  const { user, group, mode, recursive } = line;
  if (user !== undefined || group !== undefined) {
    if (!changeOwner(context, write, book, { path, user, group, recursive })) return false;
  }
  return mode === undefined || changeMode(context, write, path, mode, recursive);
}
