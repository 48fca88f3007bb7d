import { DistillError } from "../../lib/errors.ts";
import { readContent } from "../../rootfs/content.ts";
import { pathFromText } from "../../rootfs/path.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";

const PATH = "/usr/lib/os-release";
const LIMIT = 64 * 1024;

/**
 * base-files' os-release with the name that tools know distroless images by, and with the distribution's name in VERSION
 * too ("Debian GNU/Linux 13 (trixie)"), as tests of distroless images expect it. ID, VERSION_ID and VERSION_CODENAME
 * stay Debian's: scanners choose their advisories by them.
 */
export async function osRelease(context: PieceContext): Promise<void> {
  const { node } = context.editor.follow(pathFromText(PATH));
  if (node?.type !== "file") throw new DistillError("FORMAT_INVALID", `base-files has no ${PATH}`);
  const text = Buffer.from(await readContent(node.content, LIMIT)).toString("utf8");
  const name = /^NAME="(.*)"$/m.exec(text)?.[1];
  const lines = text
    .split("\n")
    .filter((line) => !line.startsWith("PRETTY_NAME="))
    .map((line) =>
      name === undefined ? line : line.replace(/^VERSION="(.*)"$/, (_, of) => `VERSION="${name} ${of}"`),
    );
  new PieceWriter(context, "os-release").file(PATH, ['PRETTY_NAME="Distroless"', ...lines].join("\n"));
}
