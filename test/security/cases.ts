import type { Descriptor } from "../../src/image/descriptor.ts";
import { MediaType } from "../../src/image/media-types.ts";
import type { ErrorCode } from "../../src/lib/errors.ts";
import type { MemoryBlobs } from "../support/contents.ts";
import type { Fault, LyingOptions, LyingRegistry } from "../support/lying-registry.ts";
import { addManifest, SizedImage } from "../support/registry-scene.ts";

/** A registry that has `IMAGE` as app:v1, and another host that has it too. */
export interface Scene {
  readonly registry: LyingRegistry;
  /** Where nobody is logged in, and no credential may ever come. */
  readonly other: LyingRegistry;
}

/** A lie, and what distill makes of it. */
export interface Case {
  readonly name: string;
  /** With the right image, or in one of these failures. */
  readonly ends: "right" | readonly ErrorCode[];
  readonly lie: (scene: Scene) => void | Promise<void>;
  /** Asked for by digest, not by tag. */
  readonly byDigest?: boolean;
  /** For the message of the failure. */
  readonly says?: RegExp;
  /** How often distill tries; fewer times where each takes long. */
  readonly attempts?: number;
  /** How the registry asks for a login. */
  readonly login?: "basic" | "bearer";
  readonly options?: LyingOptions;
}

/** Its first layer is long enough to be resumed. */
export const IMAGE = new SizedImage(1, 3 << 20, 20_000);
export const [LARGE, SMALL] = IMAGE.layers as [Descriptor, Descriptor];

/** Its first layer is sent in chunks. */
export const LONG_IMAGE = new SizedImage(2, 9 << 20, 20_000);

/** What is asked for. */
export function nameOf({ registry }: Scene, { byDigest }: Case): string {
  return `${registry.host}/app${byDigest === true ? `@${IMAGE.root.digest}` : ":v1"}`;
}

export const BASIC = { "www-authenticate": 'Basic realm="x"' };
export const bearer = (challenge: string) => ({ "www-authenticate": `Bearer ${challenge}` });

export function redirect(location: string): Fault {
  return { kind: "answer", status: 307, headers: { location } };
}

/** Another image or index in place of the usual one. */
export function instead({ registry }: Scene, blobs: MemoryBlobs, root: Descriptor): void {
  const held = registry.memory.repository("app");
  for (const [digest, bytes] of blobs.blobs) {
    held.blobs.set(digest, bytes);
    held.manifests.set(digest, { bytes, type: root.mediaType });
  }
  held.tags.set("v1", root.digest);
}

/** An image of this config and this layer in place of the usual one. */
export function imageInstead(
  scene: Scene,
  blobs: MemoryBlobs,
  config: Uint8Array,
  layers: readonly Descriptor[],
): void {
  instead(scene, blobs, addManifest(blobs, blobs.add(MediaType.ociConfig, config), layers));
}

/** One bit of the middle is another. */
export function flip(bytes: Buffer): Buffer {
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  return bytes;
}
