import { readSbomFile } from "../inventory/documents/read-sbom.ts";
import { DistillError } from "../lib/errors.ts";
import { documentTextOf } from "../ui/document.ts";

/** The packages that a document speaks of, in the form that was asked for. */
export async function documentShown(
  file: string,
  { format, list, digests }: { readonly format: string; readonly list: string | undefined; readonly digests: boolean },
): Promise<string> {
  if ((format !== "table" && format !== "json") || list !== undefined || digests) {
    throw new DistillError("USAGE", `of a document there are packages alone, as a table or as json`, {
      hint: "leave --list, --digests and other formats out, or name the image itself",
    });
  }
  const sbom = await readSbomFile(file);
  if (format === "table") return documentTextOf(file, sbom);
  return `${JSON.stringify({ version: 1, ...sbom }, null, 2)}\n`;
}
