import { resolveAccount } from "../../rootfs/accounts.ts";
import { bytesContent } from "../../rootfs/content.ts";
import type { FileSetting } from "../settings.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";

/** The files, links and directories that were asked for, in their order; what is there is replaced, as COPY does it. */
export async function askedFiles(context: PieceContext): Promise<void> {
  const write = new PieceWriter(context, "asked-files");
  for (const file of context.settings.files) await makeEntry(context, write, file);
}

async function makeEntry(
  context: PieceContext,
  write: PieceWriter,
  { path, what, mode, owner }: FileSetting,
): Promise<void> {
  const { uid, gid } = await resolveAccount(context.editor.snapshot(), owner ?? "0:0");
  switch (what.kind) {
    case "file":
      write.file(path, bytesContent(what.bytes), mode ?? 0o644, uid, gid);
      break;
    case "link":
      write.link(path, what.target, uid, gid);
      break;
    case "directory":
      write.directory(path, mode ?? 0o755, uid, gid);
      break;
  }
}
