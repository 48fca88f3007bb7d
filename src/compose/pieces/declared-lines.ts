import { DistillError } from "../../lib/errors.ts";
import { readContent } from "../../rootfs/content.ts";
import type { Declaration } from "../scripts/script-work.ts";
import type { PieceContext } from "./piece.ts";

const MAX_BYTES = 1024 * 1024;
/** Of all packages of a tier together; those of a whole Debian desktop have some hundred. */
const MAX_LINES = 5000;

/** A file in which a package declares accounts or directories, and its text. */
export interface DeclaredText extends Declaration {
  readonly text: string;
}

/**
 * The files that packages have in a directory such as usr/lib/sysusers.d, packages in byte order of their names. FORMAT_INVALID
 * where one is too large, LIMIT_EXCEEDED where there are too many lines: each may mean a walk over the whole tree.
 */
export async function declaredTexts(context: PieceContext, directory: string): Promise<readonly DeclaredText[]> {
  const texts: DeclaredText[] = [];
  let lines = 0;
  for (const declaration of context.scripts.declarations) {
    if (!declaration.path.startsWith(`${directory}/`)) continue;
    const text = Buffer.from(await readContent(declaration.content, MAX_BYTES)).toString("utf8");
    lines += text.split("\n").filter((line) => /^\s*[^\s#]/.test(line)).length;
    if (lines > MAX_LINES) {
      throw new DistillError(
        "LIMIT_EXCEEDED",
        `/${directory} has more than ${MAX_LINES} lines, up to those of ${declaration.package}`,
      );
    }
    texts.push({ ...declaration, text });
  }
  return texts;
}
