import { encodeLdSoCache, librariesForCache } from "../../linker/ld-so-cache.ts";
import { bytesContent, readContent } from "../../rootfs/content.ts";
import { pathFromText } from "../../rootfs/path.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";

const PATH = "/etc/ld.so.cache";

/** /etc/ld.so.cache as libc-bin's trigger (ldconfig) would leave it; the one that is there where it says the same. */
export async function ldSoCache(context: PieceContext): Promise<void> {
  const root = context.editor.snapshot();
  const libraries = await librariesForCache(root, context.tuple, context.elfReader);
  const cache = encodeLdSoCache(libraries);
  const present = context.editor.get(pathFromText(PATH));
  if (present?.type === "file" && present.content.size === cache.length) {
    if (Buffer.compare(await readContent(present.content, cache.length), cache) === 0) return;
  }
  new PieceWriter(context, "ld-so-cache").file(PATH, bytesContent(cache));
}
