import { type Comparison, compareImages } from "../../src/compare/compare.ts";
import type { ImageFacts } from "../../src/compare/image-facts.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { type RootEntries, treeOf } from "./root-trees.ts";

const NONE = { files: 0, bytes: 0 };

/** Facts of an image of two layers that holds nothing, with `parts` in place of that. */
export function imageFacts(parts: Partial<ImageFacts> = {}): ImageFacts {
  const diffID = digestOf("layer");
  const layer = { diffID, compressed: 400_000, uncompressed: 1_000_000, step: "COPY . /app" };
  return {
    name: "image",
    imageID: digestOf(JSON.stringify(parts)),
    platform: "linux/amd64",
    sizes: { compressed: 800_000, uncompressed: 2_000_000 },
    compressedHere: false,
    layers: [layer, { ...layer, step: null }],
    packages: [],
    coverage: { package: NONE, app: NONE, step: NONE, base: NONE, nobody: NONE },
    deadBytes: 0,
    files: { count: 0, bytes: 0 },
    surface: {
      ...{ shells: [], interpreters: [], packageManagers: [], compilers: [], networkTools: [] },
      ...{ setuid: [], setgid: [], capabilities: [], worldWritable: [], loginUsers: [], ports: [] },
      user: { configured: "", uid: 0, name: "root" },
    },
    vulnerabilities: { status: "unassessed", reason: "no advisory data" },
    warnings: [],
    ...parts,
  };
}

/** A comparison of two images with these facts and files. */
export function comparisonOf(
  a: Partial<ImageFacts>,
  b: Partial<ImageFacts>,
  files: { readonly a?: RootEntries; readonly b?: RootEntries } = {},
): Promise<Comparison> {
  return compareImages(
    { facts: imageFacts({ name: "a", ...a }), tree: treeOf(files.a ?? {}) },
    { facts: imageFacts({ name: "b", ...b }), tree: treeOf(files.b ?? {}) },
  );
}
