import { type PieceContext, PieceWriter } from "./piece.ts";

/**
 * /usr/bin/python, which Debian leaves to the package python-is-python3, and the site-wide customisation file that a
 * link of libpython3.13-minimal leads to and its script makes.
 */
export function python(context: PieceContext): void {
  const write = new PieceWriter(context, "python");
  write.link("/usr/bin/python", "python3");
  write.file("/etc/python3.13/sitecustomize.py", "# Site-wide customisation of Python; empty.\n");
}
