import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryBlobs } from "../../test/support/contents.ts";
import { encodeConfig } from "../image/config.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { inspect } from "../image/inspection.ts";
import { encodeManifest } from "../image/manifest.ts";
import { MediaType } from "../image/media-types.ts";
import { digestOf } from "../lib/digest.ts";
import { inspectionJson } from "./inspection-json.ts";
import { inspectionText } from "./inspection-text.ts";

/** An image of two layers with all that a config can say, and a step without a layer between them. */
function fullImage(blobs: MemoryBlobs): Descriptor {
  const tars = [Buffer.from("one"), Buffer.from("two")];
  const config = blobs.add(
    MediaType.ociConfig,
    encodeConfig({
      created: "2026-01-02T03:04:05Z",
      author: "me",
      ...{ architecture: "arm64", os: "linux" },
      config: {
        ...{ User: "65532", Env: ["A=1", "B=2"], Entrypoint: ["/app", "two words"], Cmd: ["-x"], WorkingDir: "/w" },
        ...{ ExposedPorts: { "80/tcp": {} }, Labels: { k: "v" }, Volumes: { "/data": {} }, StopSignal: "SIGINT" },
      },
      rootfs: { type: "layers", diff_ids: tars.map(digestOf) },
      history: [{ created_by: "FROM base" }, { created_by: "ENV A=1", empty_layer: true }, { created_by: "COPY . /" }],
    }),
  );
  const layers = tars.map((tar) => blobs.add(MediaType.ociLayer, tar));
  const manifest = { mediaType: MediaType.ociManifest, config, layers, annotations: { note: "n" } };
  return blobs.add(MediaType.ociManifest, encodeManifest(manifest));
}

test("an image is shown with its config, its annotations, and its history beside the layers", async () => {
  const blobs = new MemoryBlobs();
  const image = fullImage(blobs);
  const text = inspectionText({ name: "app:1", inspection: await inspect(blobs.content(image)) });
  for (const line of [
    /^app:1$/m,
    new RegExp(`digest +${image.digest}$`, "m"),
    /platform +linux\/arm64$/m,
    /created +2026-01-02T03:04:05Z$/m,
    /user +65532$/m,
    /entrypoint +\["\/app","two words"\]$/m,
    /cmd +\["-x"\]$/m,
    /env +A=1\n +B=2$/m,
    /ports +80\/tcp$/m,
    /volumes +\/data$/m,
    /labels +k=v$/m,
    /annotations +note=n$/m,
    /size +6 B compressed, 6 B uncompressed$/m,
  ]) {
    assert.match(text, line);
  }
  const steps = text.trimEnd().split("\n").slice(-3);
  assert.match(steps[0] ?? "", /3 B +3 B +sha256:.*oci\.image\.layer\.v1\.tar +FROM base$/);
  assert.match(steps[1] ?? "", /^ +\(no layer\) +ENV A=1$/);
  assert.match(steps[2] ?? "", /3 B +3 B +sha256:.*COPY \. \/$/);
});

test("an index is shown with its platforms, its attestation, and what is not held", async () => {
  const blobs = new MemoryBlobs();
  const index = blobs.platforms();
  const content = blobs.content(index);
  assert.ok(content.kind === "index");
  const [amd64, arm64] = content.index.manifests as [Descriptor, Descriptor];
  blobs.blobs.delete(arm64.digest);
  const text = inspectionText({ name: "both", inspection: await inspect(content) });
  assert.match(text, new RegExp(`^linux/amd64 .* unknown  ${amd64.digest}$`, "m"));
  assert.match(text, new RegExp(`^linux/arm64 \\(not held here\\) +unknown +unknown  ${arm64.digest}$`, "m"));
  assert.match(text, /^attestation-manifest +\d+ B/m);
});

test("JSON has the documents as they are, fields that distill does not know among them", async () => {
  const blobs = new MemoryBlobs();
  const rootfs = { type: "layers", diff_ids: [] };
  const raw = { architecture: "amd64", os: "linux", rootfs, config: { Unknown: [1] }, extra: { a: null } };
  const config = blobs.add(MediaType.ociConfig, Buffer.from(JSON.stringify(raw)));
  const manifest = { schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers: [], more: true };
  const image = blobs.add(MediaType.ociManifest, Buffer.from(JSON.stringify(manifest)));
  const json = inspectionJson({ name: "x", inspection: await inspect(blobs.content(image)) });
  assert.deepEqual(JSON.parse(JSON.stringify(json)), {
    name: "x",
    kind: "image",
    descriptor: image,
    imageID: config.digest,
    platform: "linux/amd64",
    sizes: { compressed: 0, uncompressed: 0 },
    layers: [],
    manifest,
    config: raw,
  });
});
