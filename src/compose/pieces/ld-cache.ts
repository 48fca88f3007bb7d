import { encodeLdSoCache, librariesForCache } from "../../linker/ld-so-cache.ts";
import { bytesContent } from "../../rootfs/content.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";

/** /etc/ld.so.cache as libc-bin's trigger (ldconfig) would leave it. */
export async function ldSoCache(context: PieceContext): Promise<void> {
  const root = context.editor.snapshot();
  const libraries = await librariesForCache(root, context.tuple, context.elfReader);
  new PieceWriter(context, "ld-so-cache").file("/etc/ld.so.cache", bytesContent(encodeLdSoCache(libraries)));
}
