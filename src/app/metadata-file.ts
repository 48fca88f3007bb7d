import type { Content } from "../image/content.ts";
import { once } from "../image/image.ts";
import { formatCanonical, type Reference } from "../image/reference.ts";
import { writeOutput } from "../lib/write-output.ts";

/**
 * Writes what was made as JSON, in the keys of buildx: `containerimage.config.digest` of one image,
 * `containerimage.digest` and `containerimage.descriptor` of what others see (absent for an image that was not packed),
 * and `image.name`, names with commas between them. The file appears whole or not at all.
 */
export async function writeMetadata(
  path: string,
  content: Content,
  options: { readonly isPacked: boolean; readonly names: readonly Reference[] },
): Promise<void> {
  const { mediaType, digest, size } = content.descriptor;
  const names = options.names.map(formatCanonical).join(",");
  const metadata = {
    ...(content.kind === "manifest" && { "containerimage.config.digest": content.manifest.config.digest }),
    ...(options.isPacked && {
      "containerimage.descriptor": { mediaType, digest, size },
      "containerimage.digest": digest,
    }),
    ...(names !== "" && { "image.name": names }),
  };
  await writeOutput(path, once(Buffer.from(`${JSON.stringify(metadata, null, 2)}\n`)));
}
