import type { Command } from "commander";
import type { ListedImage } from "../app/list-images.ts";
import { formatOption } from "./options.ts";

interface ImagesFlags {
  readonly quiet: boolean;
  readonly digests: boolean;
  readonly format: "text" | "json";
}

const HEADINGS = ["NAME", "IMAGE ID", "DIGEST", "PLATFORM", "UNCOMPRESSED", "COMPRESSED", "SET"];

/** Digest and size of what nobody has needed packed yet; image ID of an index, which has none. */
const UNKNOWN = "-";

/** `distill images [NAME...]` */
export function addImages(program: Command): void {
  program
    .command("images")
    .description("list the images in the local store")
    .argument("[name...]", "only these: REPOSITORY for all its tags, or REPOSITORY:TAG; * stands for anything but /")
    .option("-q, --quiet", "print image IDs only, for several platforms the digest of their index", false)
    .option("--digests", "show digests whole", false)
    .addOption(formatOption())
    .action(async (names: readonly string[], flags: ImagesFlags) => {
      const { withWorkspace } = await import("../app/workspace.ts");
      const { listImages } = await import("../app/list-images.ts");
      const images = await withWorkspace(async ({ store }) => listImages(store, names));
      if (flags.format === "json") process.stdout.write(`${JSON.stringify(images, null, 2)}\n`);
      else if (flags.quiet) for (const image of images) process.stdout.write(`${image.imageID ?? image.digest}\n`);
      else process.stdout.write(await table(images, flags.digests));
    });
}

async function table(images: readonly ListedImage[], digests: boolean): Promise<string> {
  const { formatAge, formatBytes, formatTable } = await import("../ui/format.ts");
  const rows = images.map((image) => [
    image.name,
    shortened(image.imageID),
    digests ? (image.digest ?? UNKNOWN) : shortened(image.digest),
    image.platforms.map(({ platform }) => platform).join(","),
    formatBytes(image.uncompressed),
    image.compressed === null ? UNKNOWN : formatBytes(image.compressed),
    formatAge(Date.now() - image.createdAt.getTime()),
  ]);
  return formatTable(HEADINGS, rows, [4, 5]);
}

function shortened(digest: string | null): string {
  return digest?.slice("sha256:".length, "sha256:".length + 12) ?? UNKNOWN;
}
