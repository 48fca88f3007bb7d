import { listImages } from "../app/list-images.ts";
import { withWorkspace } from "../app/workspace.ts";
import { formatFamiliar, parseReference } from "../image/reference.ts";
import { formatAge, formatBytes, formatTable } from "../ui/format.ts";

/** Prints the images of the store. */
export async function imagesVerb(flags: { readonly quiet: boolean; readonly format: "text" | "json" }): Promise<void> {
  const images = await withWorkspace(async ({ store }) => listImages(store));
  if (flags.format === "json") {
    process.stdout.write(`${JSON.stringify(images, null, 2)}\n`);
  } else if (flags.quiet) {
    for (const image of images) process.stdout.write(`${image.imageID}\n`);
  } else {
    const rows = images.map((image) => [
      formatFamiliar(parseReference(image.reference)),
      image.digest.slice("sha256:".length, "sha256:".length + 12),
      formatBytes(image.uncompressed),
      formatBytes(image.compressed),
      formatAge(Date.now() - image.createdAt.getTime()),
    ]);
    process.stdout.write(formatTable(["NAME", "DIGEST", "UNCOMPRESSED", "COMPRESSED", "SET"], rows, [2, 3]));
  }
}
