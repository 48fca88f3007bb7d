import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../lib/digest.ts";
import { decodeIndex, decodeManifest, encodeIndex, encodeManifest } from "./manifest.ts";
import { MediaType } from "./media-types.ts";

const DIGEST = digestOf("x");
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const config = { mediaType: MediaType.ociConfig, digest: DIGEST, size: 1 };

test("a manifest is encoded with fixed key order and sorted annotations", () => {
  const encoded = encodeManifest({
    annotations: { b: "2", a: "1" },
    layers: [{ size: 2, digest: DIGEST, mediaType: MediaType.ociLayer }],
    config,
    mediaType: MediaType.ociManifest,
  });
  assert.equal(
    new TextDecoder().decode(encoded),
    `{"schemaVersion":2,"mediaType":"${MediaType.ociManifest}",` +
      `"config":{"mediaType":"${MediaType.ociConfig}","digest":"${DIGEST}","size":1},` +
      `"layers":[{"mediaType":"${MediaType.ociLayer}","digest":"${DIGEST}","size":2}],"annotations":{"a":"1","b":"2"}}`,
  );
  assert.deepEqual(encodeManifest(decodeManifest(encoded)), encoded);
});

test("an index keeps its entries' platforms and annotations", () => {
  const entry = {
    mediaType: MediaType.ociManifest,
    digest: DIGEST,
    size: 3,
    annotations: { x: "y" },
    platform: { os: "linux", architecture: "arm", variant: "v7" },
  };
  const encoded = encodeIndex({ mediaType: MediaType.ociIndex, manifests: [entry] });
  assert.deepEqual(decodeIndex(encoded), { mediaType: MediaType.ociIndex, manifests: [entry] });
});

for (const [what, document, code] of [
  ["schema 1", { schemaVersion: 1, fsLayers: [] }, "UNSUPPORTED"],
  ["an index", { schemaVersion: 2, mediaType: MediaType.ociIndex, manifests: [] }, "UNSUPPORTED"],
  ["an index that claims to be a manifest", { schemaVersion: 2, manifests: [], config, layers: [] }, "UNSUPPORTED"],
  ["no config", { schemaVersion: 2, layers: [] }, "FORMAT_INVALID"],
  ["a negative size", { schemaVersion: 2, config: { ...config, size: -1 }, layers: [] }, "FORMAT_INVALID"],
  ["a fractional size", { schemaVersion: 2, config: { ...config, size: 1.5 }, layers: [] }, "FORMAT_INVALID"],
  [
    "sha512",
    { schemaVersion: 2, config: { ...config, digest: `sha512:${"0".repeat(128)}` }, layers: [] },
    "FORMAT_INVALID",
  ],
  [
    "a digest that climbs",
    { schemaVersion: 2, config: { ...config, digest: "sha256:../../x" }, layers: [] },
    "FORMAT_INVALID",
  ],
] as const) {
  test(`a manifest that is ${what} is refused`, () => {
    assert.throws(() => decodeManifest(bytes(document)), { code });
  });
}

test("a manifest beyond 4 MiB is refused", () => {
  assert.throws(() => decodeManifest(new Uint8Array((4 << 20) + 1)), { code: "LIMIT_EXCEEDED" });
});
