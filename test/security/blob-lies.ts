import { gzipSync } from "node:zlib";
import { encodeIndex } from "../../src/image/manifest.ts";
import { MediaType } from "../../src/image/media-types.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { MemoryBlobs } from "../support/contents.ts";
import { layerTar } from "../support/images.ts";
import { randomNumbers } from "../support/random.ts";
import { addManifest, configOf } from "../support/registry-scene.ts";
import { BASIC, type Case, flip, IMAGE, imageInstead, instead, LARGE, redirect, SMALL } from "./cases.ts";

const BLOB = `GET /v2/app/blobs/${LARGE.digest}`;
const CONFIG = `GET /v2/app/blobs/${IMAGE.config.digest}`;

const random = randomNumbers(20_261_125);
const somewhere = (): number => Math.floor(random() * LARGE.size);

/** What a registry may do to who reads blobs. */
export const BLOB_LIES: readonly Case[] = [
  {
    name: "sends a blob with another bit",
    ends: ["DIGEST_MISMATCH"],
    lie: ({ registry }) => registry.fault(BLOB, { kind: "change", body: flip }),
  },
  {
    name: "sends a config with another bit",
    ends: ["DIGEST_MISMATCH", "REGISTRY"],
    lie: ({ registry }) => registry.fault(CONFIG, { kind: "change", body: flip }),
  },
  {
    name: "sends half a blob as if it were all",
    ends: ["DIGEST_MISMATCH"],
    lie: ({ registry }) => registry.fault(BLOB, { kind: "change", body: (bytes) => bytes.subarray(0, 2_000_000) }),
  },
  {
    name: "sends an empty blob",
    ends: ["DIGEST_MISMATCH"],
    lie: ({ registry }) => registry.fault(BLOB, { kind: "change", body: () => "" }),
  },
  {
    name: "sends a blob and a byte more",
    ends: ["DIGEST_MISMATCH"],
    lie: ({ registry }) =>
      registry.fault(BLOB, { kind: "change", body: (bytes) => Buffer.concat([bytes, bytes.subarray(0, 1)]) }),
  },
  {
    name: "sends a blob without an end",
    ends: ["DIGEST_MISMATCH"],
    lie: ({ registry }) => registry.fault(BLOB, { kind: "endless" }),
  },
  {
    name: "sends the config without an end",
    ends: ["DIGEST_MISMATCH"],
    lie: ({ registry }) => registry.fault(CONFIG, { kind: "endless" }),
  },
  ...[somewhere(), somewhere(), somewhere(), 0, LARGE.size - 1].map(
    (after): Case => ({
      name: `cuts a blob behind byte ${after}`,
      ends: "right",
      lie: ({ registry }) => registry.fault(BLOB, { kind: "cut", after, times: 1 }),
    }),
  ),
  {
    name: "cuts a blob behind each 1.1 MB",
    ends: "right",
    attempts: 2,
    lie: ({ registry }) => registry.fault(BLOB, { kind: "cut", after: 1_100_000 }),
  },
  {
    name: "cuts a blob at its first byte each time",
    ends: ["NETWORK"],
    lie: ({ registry }) => registry.fault(BLOB, { kind: "cut", after: 0 }),
  },
  {
    name: "cuts a blob and gives no parts",
    ends: "right",
    lie: ({ registry }) => {
      registry.fault(BLOB, { kind: "cut", after: somewhere(), times: 1 });
      registry.fault(BLOB, { kind: "ignore-range" });
    },
  },
  {
    name: "cuts a blob and goes on somewhere else",
    ends: "right",
    lie: ({ registry }) => {
      registry.fault(BLOB, { kind: "cut", after: 2_000_000, times: 1 });
      registry.fault(BLOB, { kind: "change", headers: { "content-range": "bytes 7-9/10" }, times: 1 });
    },
  },
  {
    name: "cuts a blob and goes on with garbage for a Content-Range",
    ends: "right",
    lie: ({ registry }) => {
      registry.fault(BLOB, { kind: "cut", after: 2_000_000, times: 1 });
      registry.fault(BLOB, { kind: "change", headers: { "content-range": "bytes x-y/*" }, times: 1 });
    },
  },
  {
    name: "cuts a blob and goes on with other bytes",
    ends: ["DIGEST_MISMATCH"],
    lie: ({ registry }) => {
      registry.fault(BLOB, { kind: "cut", after: 2_000_000, times: 1 });
      registry.fault(BLOB, { kind: "change", body: flip });
    },
  },
  {
    name: "cuts a blob and then refuses parts with 416",
    ends: "right",
    lie: ({ registry }) => {
      registry.fault(BLOB, { kind: "cut", after: 2_000_000, times: 1 });
      registry.fault(BLOB, { kind: "answer", status: 416, times: 1 });
    },
  },
  {
    name: "cuts a blob and then has lost it",
    ends: ["REGISTRY", "NETWORK"],
    lie: ({ registry }) => {
      registry.fault(BLOB, { kind: "cut", after: 2_000_000, times: 1 });
      registry.fault(BLOB, { kind: "answer", status: 404 });
    },
  },
  {
    name: "stops once in the middle of a blob",
    ends: "right",
    lie: ({ registry }) => registry.fault(BLOB, { kind: "stall", after: 2_000_000, times: 1 }),
  },
  {
    name: "stops in the middle of a blob each time",
    ends: ["NETWORK"],
    attempts: 1,
    lie: ({ registry }) => registry.fault(BLOB, { kind: "stall", after: 300_000 }),
  },
  {
    name: "drips a blob",
    ends: ["NETWORK"],
    attempts: 1,
    lie: ({ registry }) => registry.fault(BLOB, { kind: "drip", every: 30 }),
  },
  {
    name: "answers 502 twice in place of a blob",
    ends: "right",
    lie: ({ registry }) => registry.fault(BLOB, { kind: "answer", status: 502, times: 2 }),
  },
  {
    name: "lacks a blob",
    ends: ["REGISTRY"],
    lie: ({ registry }) => void registry.memory.repository("app").blobs.delete(LARGE.digest),
  },
  {
    name: "forbids a blob",
    ends: ["UNAUTHORIZED"],
    lie: ({ registry }) => registry.fault(BLOB, { kind: "answer", status: 403 }),
  },
  {
    name: "sends a blob packed, unasked",
    ends: ["DIGEST_MISMATCH"],
    lie: ({ registry }) =>
      registry.fault(BLOB, {
        ...{ kind: "change", headers: { "content-encoding": "gzip" } },
        body: (bytes) => gzipSync(bytes, { level: 1 }),
      }),
  },
  {
    name: "leads to another host for a blob",
    ends: "right",
    login: "basic",
    lie: ({ registry, other }) => registry.fault(BLOB, redirect(`${other.url}/v2/app/blobs/${LARGE.digest}`)),
  },
  {
    name: "leads to another host that cuts a blob",
    ends: "right",
    login: "bearer",
    lie: ({ registry, other }) => {
      registry.fault(BLOB, redirect(`${other.url}/v2/app/blobs/${LARGE.digest}`));
      other.fault("", { kind: "cut", after: somewhere(), times: 1 });
    },
  },
  {
    name: "leads to another host that has other bytes",
    ends: ["DIGEST_MISMATCH"],
    login: "basic",
    lie: ({ registry, other }) => {
      registry.fault(BLOB, redirect(`${other.url}/v2/app/blobs/${LARGE.digest}`));
      other.fault("", { kind: "change", body: flip });
    },
  },
  {
    name: "leads to another host that asks for a password",
    ends: ["UNAUTHORIZED"],
    login: "bearer",
    lie: ({ registry, other }) => {
      registry.fault(BLOB, redirect(`${other.url}/v2/app/blobs/${LARGE.digest}`));
      other.fault("", { kind: "answer", status: 401, headers: BASIC });
    },
  },
  {
    name: "leads to another host and from there back",
    ends: ["UNAUTHORIZED"],
    login: "basic",
    lie: ({ registry, other }) => {
      registry.fault(BLOB, redirect(`${other.url}/v2/app/blobs/${LARGE.digest}`));
      other.fault("", redirect(`${registry.url}/v2/app/blobs/${SMALL.digest}`));
    },
  },
  {
    name: "leads on for ever for a blob",
    ends: ["NETWORK"],
    lie: ({ registry }) => {
      for (let hop = 0; hop < 20; hop++) registry.fault(new RegExp(`^GET /hop${hop}$`), redirect(`/hop${hop + 1}`));
      registry.fault(BLOB, redirect("/hop0"));
    },
  },
];

const LAYER = layerTar(7);

/** Images that are what their digests say, and that nobody should have made. */
export const IMAGE_LIES: readonly Case[] = [
  {
    name: "has a config that is no JSON",
    ends: ["REGISTRY"],
    lie: (scene) => {
      const blobs = new MemoryBlobs();
      imageInstead(scene, blobs, Buffer.from("no JSON"), [blobs.add(MediaType.ociLayer, LAYER)]);
    },
  },
  {
    name: "has a config of 20 MB",
    ends: ["REGISTRY"],
    lie: (scene) => imageInstead(scene, new MemoryBlobs(), Buffer.alloc(20 << 20, 32), []),
  },
  {
    name: "has more layers than its config",
    ends: ["REGISTRY"],
    lie: (scene) => {
      const blobs = new MemoryBlobs();
      imageInstead(scene, blobs, configOf([]), [blobs.add(MediaType.ociLayer, LAYER)]);
    },
  },
  {
    name: "has a layer that unpacks to something else",
    ends: ["DIGEST_MISMATCH"],
    lie: (scene) => {
      const blobs = new MemoryBlobs();
      const layer = blobs.add(MediaType.ociLayerGzip, gzipSync(LAYER));
      imageInstead(scene, blobs, configOf([digestOf(layerTar(8))]), [layer]);
    },
  },
  {
    name: "has a layer of 60 MB of zeros in 60 KB",
    ends: ["DIGEST_MISMATCH"],
    lie: (scene) => {
      const blobs = new MemoryBlobs();
      const layer = blobs.add(MediaType.ociLayerGzip, gzipSync(new Uint8Array(60 << 20), { level: 1 }));
      imageInstead(scene, blobs, configOf([digestOf(LAYER)]), [layer]);
    },
  },
  ...[MediaType.ociLayerGzip, MediaType.ociLayerZstd].map(
    (type): Case => ({
      name: `has a layer that is no ${type.split("+")[1]}`,
      ends: ["REGISTRY"],
      lie: (scene) => {
        const blobs = new MemoryBlobs();
        imageInstead(scene, blobs, configOf([digestOf(LAYER)]), [blobs.add(type, LAYER)]);
      },
    }),
  ),
  {
    name: "has a layer whose manifest gives it another size",
    ends: ["DIGEST_MISMATCH"],
    lie: (scene) => {
      const blobs = new MemoryBlobs();
      const layer = blobs.add(MediaType.ociLayer, LAYER);
      imageInstead(scene, blobs, configOf([layer.digest]), [{ ...layer, size: layer.size - 1 }]);
    },
  },
  {
    name: "has a layer that is said to be of 8 PiB",
    ends: ["DIGEST_MISMATCH"],
    lie: (scene) => {
      const blobs = new MemoryBlobs();
      const layer = blobs.add(MediaType.ociLayer, LAYER);
      imageInstead(scene, blobs, configOf([layer.digest]), [{ ...layer, size: 2 ** 53 - 1 }]);
    },
  },
];

/** Indexes that are what their digests say, and that nobody should have made; all platforms are asked for. */
export const INDEX_LIES: readonly Case[] = [
  {
    name: "has an index in an index, six deep",
    ends: ["REGISTRY"],
    lie: (scene) => {
      const blobs = new MemoryBlobs();
      let root = blobs.image("gzip", [1]);
      for (let depth = 0; depth < 6; depth++) root = blobs.index([root]);
      instead(scene, blobs, root);
    },
  },
  {
    name: "has an index of 1001 images",
    ends: ["REGISTRY"],
    lie: (scene) => {
      const blobs = new MemoryBlobs();
      const config = blobs.add(MediaType.ociConfig, configOf([]));
      const annotated = (count: number) => [blobs.add(MediaType.ociLayer, layerTar(count, 10))];
      const images = Array.from({ length: 1001 }, (_, count) => addManifest(blobs, config, annotated(count)));
      instead(scene, blobs, blobs.index(images));
    },
  },
  {
    name: "has an index that is an image by its own digest",
    ends: ["DIGEST_MISMATCH"],
    lie: (scene) => {
      const blobs = new MemoryBlobs();
      const root = blobs.index([{ ...IMAGE.root, mediaType: MediaType.ociIndex }]);
      instead(scene, blobs, root);
      const itself = encodeIndex({ mediaType: MediaType.ociIndex, manifests: [root] });
      scene.registry.fault(`manifests/${IMAGE.root.digest}`, { kind: "change", body: () => itself });
    },
  },
  {
    name: "has an index with another size than it says",
    ends: ["DIGEST_MISMATCH"],
    lie: (scene) => {
      const blobs = new MemoryBlobs();
      instead(scene, blobs, blobs.index([{ ...IMAGE.root, size: IMAGE.root.size + 1 }]));
    },
  },
  {
    name: "has an index of what it lacks",
    ends: ["REGISTRY", "NO_SUCH_IMAGE"],
    lie: (scene) => {
      const blobs = new MemoryBlobs();
      instead(scene, blobs, blobs.index([{ ...IMAGE.root, digest: digestOf(LAYER) }]));
    },
  },
];
