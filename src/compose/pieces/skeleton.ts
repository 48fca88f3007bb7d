import { NONROOT } from "./accounts.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";

/**
 * Directories and links that every image has: what base-files' and base-passwd's scripts make, and the homes of the
 * accounts. /home/nonroot can be entered by everybody, since platforms that choose the user id themselves begin there.
 */
export function skeleton(context: PieceContext): void {
  const write = new PieceWriter(context, "skeleton");
  write.directory("/root", 0o700);
  write.directory("/home", 0o755);
  write.directory("/home/nonroot", 0o755, NONROOT);
  write.directory("/run", 0o755);
  write.directory("/run/lock", 0o755);
  write.directory("/tmp", 0o1777);
  write.directory("/var/tmp", 0o1777);
  write.link("/var/run", "/run");
  write.link("/var/lock", "/run/lock");
}
