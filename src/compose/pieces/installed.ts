import { pathFromText } from "../../rootfs/path.ts";
import type { PieceContext } from "./piece.ts";

/** True where the package is in the image, of this tier or one below. */
export function isInstalled(context: PieceContext, name: string): boolean {
  return context.editor.get(pathFromText(`/var/lib/dpkg/status.d/${name}`)) !== undefined;
}
