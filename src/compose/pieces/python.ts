import { pathFromText } from "../../rootfs/path.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";

/** /usr/bin/python, which Debian leaves to the packages python-is-python3 and (for 2.7) python. */
export function python(context: PieceContext): void {
  const newest = ["python3", "python2.7"].find((name) => context.editor.follow(pathFromText(`/usr/bin/${name}`)).node);
  if (newest !== undefined) new PieceWriter(context, "python").link("/usr/bin/python", newest);
}
