import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { untilCancelled } from "../lib/cancel.ts";
import { mapLimited } from "../lib/concurrency.ts";
import { Digester, hexOf } from "../lib/digest.ts";
import { makeDirectories } from "../lib/directories.ts";
import { DistillError, fromSystemError, isDistillError } from "../lib/errors.ts";
import { ifExists, writeAtomically, writeStream } from "../lib/files.ts";
import { type Content, memoryContentBlob } from "./content.ts";
import { type Blob, once } from "./image.ts";
import { parseJsonObject, requiredString } from "./json.ts";
import { encodeMergedIndex, indexEntries, type LayoutNames, OCI_LAYOUT_FILE } from "./layout.ts";
import { decodeIndex, type Index } from "./manifest.ts";
import { walkContent } from "./select.ts";

const BLOBS_AT_A_TIME = 3;

/**
 * Writes an image, or an index with all that it names, packed as it is, into an OCI layout directory (image-spec,
 * image-layout.md), which is made where missing and added to where it exists: other entries stay, the same name moves. Blobs come first, each
 * verified on the way; `index.json` is renamed into place last, so a reader never finds a name without its blobs. On
 * failure nothing new is left. Two processes must not add to one layout at the same time: the later index would win.
 */
export async function writeLayout(
  content: Content,
  directory: string,
  names: LayoutNames = {},
  signal?: AbortSignal,
): Promise<void> {
  const undo: string[] = [];
  try {
    const created = makeDirectories(directory);
    if (created !== undefined) undo.push(created);
    const index = await readExisting(directory);
    const temporary = await mkdtemp(join(directory, ".distill-"));
    undo.push(temporary);
    const folder = join(directory, "blobs", "sha256");
    for await (const each of walkContent(content)) {
      const held = each.kind === "manifest" ? each.blobs : [];
      const blobs = [...held, memoryContentBlob(each.descriptor, each.raw)];
      await mapLimited(blobs, BLOBS_AT_A_TIME, async (blob) => {
        const path = join(folder, hexOf(blob.descriptor.digest));
        if (await isIntact(path, blob)) return;
        undo.push(path);
        await write(path, temporary, untilCancelled(blob.open(), signal));
      });
    }
    await write(join(directory, "oci-layout"), temporary, once(OCI_LAYOUT_FILE));
    const merged = encodeMergedIndex(index, await indexEntries(content, names));
    await write(join(directory, "index.json"), temporary, once(merged));
    undo.splice(0, undo.length, temporary);
    await rm(temporary, { recursive: true, force: true });
  } catch (error) {
    for (const path of undo.reverse()) await rm(path, { recursive: true, force: true });
    throw fromSystemError(error, "writing", directory);
  }
}

async function write(path: string, temporaryDirectory: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  await writeAtomically(path, temporaryDirectory, async (handle) => {
    await writeStream(handle, content, path);
  });
}

/** The index of a layout that is there already; refuses a directory that holds something else. */
async function readExisting(directory: string): Promise<Index | undefined> {
  const marker = await ifExists(readFile(join(directory, "oci-layout")));
  const index = await ifExists(readFile(join(directory, "index.json")));
  if (marker === undefined && index === undefined) return undefined;
  const what = resolve(directory);
  try {
    const version = marker && requiredString(parseJsonObject(marker, "oci-layout", 4096), "imageLayoutVersion");
    if (version !== "1.0.0") throw new DistillError("UNSUPPORTED", `image layout version ${version ?? "is missing"}`);
    return index && decodeIndex(index);
  } catch (cause) {
    if (!isDistillError(cause)) throw cause;
    throw new DistillError("FORMAT_INVALID", `${what} is not an OCI layout that can be added to: ${cause.message}`, {
      hint: "choose an empty directory",
      cause,
    });
  }
}

/** True where the layout holds the blob already, whole and undamaged. */
async function isIntact(path: string, { descriptor }: Blob): Promise<boolean> {
  const found = await ifExists(stat(path));
  if (found?.size !== descriptor.size) return false;
  const digester = new Digester();
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) digester.update(chunk as Uint8Array);
  return digester.digest() === descriptor.digest;
}
