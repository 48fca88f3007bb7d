import { DistillError } from "../../lib/errors.ts";
import { readContent } from "../../rootfs/content.ts";
import { pathFromText } from "../../rootfs/path.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";

const SHIPPED = "/usr/bin/busybox";
const DIRECTORY = "/busybox";
const LIMIT = 16 * 1024 * 1024;

/** The table of applet names begins with these two, each ended by a NUL, and ends with an empty name. */
const TABLE = "[\0[[\0";

/**
 * The shell of a debug image: busybox of the package busybox-static in a directory of its own, /busybox, with a link for
 * each of its commands, so that nothing appears in /bin. Which commands there are is read from the program itself, since
 * it may be for another machine.
 */
export async function busybox(context: PieceContext): Promise<void> {
  const { path, node } = context.editor.follow(pathFromText(SHIPPED));
  if (node?.type !== "file") throw new DistillError("FORMAT_INVALID", `busybox-static has no ${SHIPPED}`);
  const program = Buffer.from(await readContent(node.content, LIMIT));
  const write = new PieceWriter(context, "busybox");
  context.editor.remove(path);
  write.directory(DIRECTORY);
  context.editor.put(pathFromText(`${DIRECTORY}/busybox`), node);
  for (const name of appletNames(program)) if (name !== "busybox") write.link(`${DIRECTORY}/${name}`, "busybox");
}

/** The names in the program's applet table, in its order. FORMAT_INVALID where there is no such table. */
export function appletNames(program: Buffer): readonly string[] {
  const names: string[] = [];
  for (let at = program.indexOf(TABLE, 0, "latin1"); at >= 0; ) {
    const end = program.indexOf(0, at);
    const name = program.toString("latin1", at, end < 0 ? program.length : end);
    if (end < 0 || name === "") break;
    if (!/^[a-z0-9[_-]{1,40}$/.test(name)) break;
    names.push(name);
    at = end + 1;
  }
  if (names.includes("sh")) return names;
  throw new DistillError("FORMAT_INVALID", "busybox-static: the program has no list of its commands, or no shell", {
    hint: "this version of the package is not known to distill: compose without --debug",
  });
}
