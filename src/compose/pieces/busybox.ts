import { appletNames } from "../../inventory/surface/busybox-applets.ts";
import { DistillError } from "../../lib/errors.ts";
import { readContent } from "../../rootfs/content.ts";
import { pathFromText } from "../../rootfs/path.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";

const SHIPPED = "/usr/bin/busybox";
const DIRECTORY = "/busybox";
const LIMIT = 16 * 1024 * 1024;

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
  for (const name of commandsOf(program)) if (name !== "busybox") write.link(`${DIRECTORY}/${name}`, "busybox");
}

/** The program's commands. FORMAT_INVALID where it has no list of them. */
export function commandsOf(program: Buffer): readonly string[] {
  const names = appletNames(program);
  if (names.length > 0) return names;
  throw new DistillError("FORMAT_INVALID", "busybox-static: the program has no list of its commands, or no shell", {
    hint: "this version of the package is not known to distill: compose without --debug",
  });
}
