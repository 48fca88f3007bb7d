import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { encodeConfig } from "../../src/image/config.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { encodeManifest } from "../../src/image/manifest.ts";
import { MediaType } from "../../src/image/media-types.ts";
import { digestOf } from "../../src/lib/digest.ts";
import type { MemoryBlobs } from "./contents.ts";
import { archiveOf, bare, file } from "./tar.ts";

/** Adds an image whose program, compiled with gcc, prints "it runs"; `layers` (tars) lie on top. */
export function runnableImage(blobs: MemoryBlobs, ...layers: readonly Uint8Array[]): Descriptor {
  const program = archiveOf([
    bare({ path: "bin/", type: "directory", mode: 0o755 }),
    file("bin/run", compiled(), { mode: 0o755 }),
  ]);
  const tars = [program, ...layers];
  const config = blobs.add(
    MediaType.ociConfig,
    encodeConfig({
      ...{ architecture: "amd64", os: "linux", config: { Entrypoint: ["/bin/run"] } },
      rootfs: { type: "layers", diff_ids: tars.map(digestOf) },
    }),
  );
  const packed = tars.map((tar) => blobs.add(MediaType.ociLayerGzip, gzipSync(tar)));
  const manifest = { mediaType: MediaType.ociManifest, config, layers: packed };
  return blobs.add(MediaType.ociManifest, encodeManifest(manifest));
}

function compiled(): Buffer {
  const directory = mkdtempSync(join(tmpdir(), "distill-run-"));
  try {
    const [source, program] = [join(directory, "run.c"), join(directory, "run")];
    writeFileSync(source, 'int puts(const char *); int main(void) { puts("it runs"); return 0; }\n');
    execFileSync("gcc", ["-static", "-Os", "-s", "-o", program, source]);
    return readFileSync(program);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
