import type { Content } from "../image/content.ts";
import type { Blob } from "../image/image.ts";
import { layerCompression } from "../image/media-types.ts";
import { hexOf } from "../lib/digest.ts";
import type { Progress } from "../lib/progress.ts";

/** The same content, whose layers report how much of them is read; what nobody reads reports nothing. */
export function withProgress<C extends Content>(content: C, progress: Progress): C {
  if (content.kind === "index") {
    return { ...content, child: async (entry) => withProgress(await content.child(entry), progress) };
  }
  return { ...content, blobs: content.blobs.map((blob) => watched(blob, progress)) };
}

function watched(blob: Blob, progress: Progress): Blob {
  const { descriptor, open, openFrom } = blob;
  // Configs are small, and one line for each would say nothing.
  if (layerCompression(descriptor.mediaType) === undefined) return blob;
  const title = `Copying ${hexOf(descriptor.digest).slice(0, 12)}`;
  async function* told(chunks: AsyncIterable<Uint8Array>, offset: number): AsyncGenerator<Uint8Array> {
    const task = progress.start(title, descriptor.size);
    let done = offset;
    try {
      for await (const chunk of chunks) {
        done += chunk.length;
        task.advance(done);
        yield chunk;
      }
      task.end("done", offset > 0 ? `from byte ${offset} on` : "");
    } finally {
      task.end("failed");
    }
  }
  return {
    descriptor,
    open: () => told(open(), 0),
    ...(openFrom === undefined ? {} : { openFrom: (offset: number) => told(openFrom(offset), offset) }),
  };
}
