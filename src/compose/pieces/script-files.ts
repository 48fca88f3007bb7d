import type { Effect } from "../../debian/scripts/script-effect.ts";
import { bytesContent } from "../../rootfs/content.ts";
import { pathFromText } from "../../rootfs/path.ts";
import { AccountBook } from "./account-book.ts";
import { attempt } from "./attempt.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";
import { changeMode, changeOwner } from "./tree-changes.ts";

/**
 * What scripts do to files with mkdir, install, ln -s, touch, cp, ucf, chmod, chown, chgrp and dpkg-statoverride, where
 * every argument is known: in the order of the scripts, packages in byte order of their names. Existing entries stay
 * unless the command replaces them, and what slices keep out is not made.
 */
export async function scriptFiles(context: PieceContext): Promise<void> {
  const { steps } = context.scripts;
  if (steps.length === 0) return;
  const book = await AccountBook.of(context);
  const write = new PieceWriter(context, "script-files");
  for (const { package: name, command, effect } of steps) {
    if (!attempt(() => apply(effect, context, write, book))) context.scripts.undone(name, command);
  }
  book.save(write);
}

/** False where it cannot be done. Effects of other pieces are none of this one's. */
function apply(effect: Effect, context: PieceContext, write: PieceWriter, book: AccountBook): boolean {
  const { editor, scripts } = context;
  switch (effect.kind) {
    case "directory": {
      if (scripts.omits(`${effect.path}/`)) return true;
      const { node } = editor.follow(pathFromText(effect.path));
      if (node !== undefined) return node.type === "directory";
      write.directory(effect.path);
      return effect.mode === undefined || changeMode(context, write, effect.path, effect.mode, false);
    }
    case "empty": {
      if (scripts.omits(effect.path)) return true;
      const { node } = editor.follow(pathFromText(effect.path));
      if (node === undefined) write.file(effect.path, "");
      return true;
    }
    case "link": {
      if (scripts.omits(effect.path)) return true;
      const present = editor.get(editor.followParents(pathFromText(effect.path)).path);
      if (present?.type === "directory") return false;
      if (present === undefined || effect.force) write.link(effect.path, effect.target);
      return true;
    }
    case "copy":
      return copy(effect, context, write);
    case "mode":
      if (scripts.omits(effect.path)) return true;
      return changeMode(context, write, effect.path, effect.mode, effect.recursive);
    case "owner":
      if (scripts.omits(effect.path)) return true;
      return changeOwner(context, write, book, effect);
    default:
      return true;
  }
}

function copy(effect: Extract<Effect, { kind: "copy" }>, context: PieceContext, write: PieceWriter): boolean {
  const { editor, scripts } = context;
  if (scripts.omits(effect.to)) return true;
  const { node: present } = editor.follow(pathFromText(effect.to));
  if (present !== undefined && (present.type !== "file" || !effect.force)) return present.type === "file";
  if (effect.from === "/dev/null") {
    write.file(effect.to, bytesContent(new Uint8Array()));
    return true;
  }
  const { node } = editor.follow(pathFromText(effect.from));
  if (node?.type !== "file") return false;
  write.file(effect.to, node.content, node.attributes.mode & 0o755);
  return true;
}
