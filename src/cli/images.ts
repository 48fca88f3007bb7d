import type { Command } from "commander";
import { formatOption } from "./options.ts";

interface ImagesFlags {
  readonly quiet: boolean;
  readonly format: "text" | "json";
}

const HEADINGS = ["NAME", "DIGEST", "PLATFORM", "UNCOMPRESSED", "COMPRESSED", "SET"];

/** `distill images` */
export function addImages(program: Command): void {
  program
    .command("images")
    .description("list the images in the local store")
    .option("-q, --quiet", "print image IDs only, for several platforms the digest of their index", false)
    .addOption(formatOption())
    .action(async (flags: ImagesFlags) => {
      const { withWorkspace } = await import("../app/workspace.ts");
      const { listImages } = await import("../app/list-images.ts");
      const { formatAge, formatBytes, formatTable } = await import("../ui/format.ts");
      const images = await withWorkspace(async ({ store }) => listImages(store));
      if (flags.format === "json") {
        process.stdout.write(`${JSON.stringify(images, null, 2)}\n`);
      } else if (flags.quiet) {
        for (const image of images) process.stdout.write(`${image.imageID ?? image.digest}\n`);
      } else {
        const rows = images.map((image) => [
          image.name,
          image.digest.slice("sha256:".length, "sha256:".length + 12),
          image.platforms.map(({ platform }) => platform).join(","),
          formatBytes(image.uncompressed),
          formatBytes(image.compressed),
          formatAge(Date.now() - image.createdAt.getTime()),
        ]);
        process.stdout.write(formatTable(HEADINGS, rows, [3, 4]));
      }
    });
}
