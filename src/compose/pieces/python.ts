import { type PieceContext, PieceWriter } from "./piece.ts";

/** /usr/bin/python, which Debian leaves to the package python-is-python3. */
export function python(context: PieceContext): void {
  new PieceWriter(context, "python").link("/usr/bin/python", "python3");
}
