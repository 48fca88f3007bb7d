import { platformOf } from "../image/config.ts";
import { type Content, configOf, type ManifestContent } from "../image/content.ts";
import { formatPlatform, type Platform } from "../image/platform.ts";
import { platformImages } from "../image/select.ts";
import { throwIfCancelled, untilCancelled } from "../lib/cancel.ts";
import { DistillError } from "../lib/errors.ts";
import { refuseUnwritable } from "../lib/output-path.ts";
import { asTask } from "../lib/progress.ts";
import { sourceDateEpoch } from "../lib/source-date-epoch.ts";
import { writeOutput } from "../lib/write-output.ts";
import { wholeTree } from "../rootfs/diff.ts";
import { writeLayer } from "../rootfs/layer-writer.ts";
import { Attributer, type DirectoryNode, type Node } from "../rootfs/node.ts";
import { UNKNOWN_OWNER } from "../rootfs/owner.ts";
import { childOf, displayPath, ROOT, type RootPath } from "../rootfs/path.ts";
import { Tree } from "../rootfs/tree.ts";
import { writeTree } from "../rootfs/write-tree.ts";
import { type FlattenOptions, flattenImage } from "./flattened-image.ts";
import type { TreeOutput } from "./output.ts";

/** Bytes after which progress is told again. */
const TOLD_EVERY = 1 << 20;

/** Takes a stream of bytes. */
export type ByteSink = (bytes: AsyncIterable<Uint8Array>) => Promise<void>;

/** A directory or tar that was found to be writable. */
export interface PreparedTree {
  /** As it was written on the command line. */
  readonly shown: string;
  readonly output: TreeOutput;
  /** Of a tar. */
  readonly sink: ByteSink;
}

/** A root file system, with what it runs on. */
interface PlatformTree {
  readonly platform: Platform;
  readonly tree: Tree;
}

/** Refuses what could not be written, before any work is done for it. `stdout` is asked for where it is needed. */
export function prepareTree(shown: string, output: TreeOutput, stdout: () => ByteSink): PreparedTree {
  const { kind, path } = output;
  if (path === undefined) return { shown, output, sink: stdout() };
  refuseUnwritable(path, kind === "directory" ? "directory" : "file");
  return { shown, output, sink: (bytes) => writeOutput(path, bytes) };
}

/**
 * Writes the root file system of an image to each output; layers are read as the image has them, packed or not. Of an
 * index each platform gets a directory of its own (`linux_amd64`), unless `split` is false. A tar appears whole or not at
 * all; a directory is written in place (writeTree). Errors as flattenImage and writeTree; FILE_CONFLICT where two platforms want one path.
 */
export async function writeTrees(
  content: Content,
  outputs: readonly PreparedTree[],
  options: FlattenOptions,
): Promise<void> {
  if (outputs.length === 0) return;
  await using open = new AsyncDisposableStack();
  const trees: PlatformTree[] = [];
  await asTask(options.progress, "Reading layers", async (task) => {
    const progress = { ...options.progress, start: task.part };
    for (const { platform, image } of await imagesOf(content)) {
      const flattened = open.use(await flattenImage(image, { ...options, progress }));
      trees.push({ platform, tree: flattened.tree });
    }
  });
  for (const prepared of outputs) {
    throwIfCancelled(options.signal);
    await writeOne(prepared, together(trees, prepared.output.split), options);
  }
}

async function writeOne({ shown, output, sink }: PreparedTree, tree: Tree, options: FlattenOptions): Promise<void> {
  const { progress, signal } = options;
  await asTask(progress, `Writing ${shown}`, async (task) => {
    const { kind, path } = output;
    if (kind === "tar" || path === undefined) {
      await sink(untilCancelled(writeLayer(wholeTree(tree), { timestamp: "keep" }), signal));
      return;
    }
    let told = 0;
    const onBytes = (bytes: number): void => {
      if (bytes - told < TOLD_EVERY) return;
      told = bytes;
      task.advance(bytes);
    };
    const { bytes, special, withXattrs } = await writeTree(tree, path, { signal, onBytes });
    task.advance(bytes);
    if (special.length > 0) {
      progress.warn(`${shown}: devices and named pipes are not written: ${some(special)}`);
    }
    if (withXattrs.length > 0) {
      progress.warn(`${shown}: extended attributes are not written (type=tar has them): ${some(withXattrs)}`);
    }
  });
}

function some(paths: readonly RootPath[]): string {
  const shown = paths.slice(0, 3).map(displayPath).join(", ");
  return paths.length > 3 ? `${shown} and ${paths.length - 3} more` : shown;
}

async function imagesOf(content: Content): Promise<readonly { platform: Platform; image: ManifestContent }[]> {
  if (content.kind === "manifest") return [{ platform: platformOf(await configOf(content)), image: content }];
  const images: { platform: Platform; image: ManifestContent }[] = [];
  for (const { platform, open } of await platformImages(content)) images.push({ platform, image: await open() });
  return images;
}

/** The trees as one: side by side in directories called as BuildKit calls them, or one over the other. */
function together(trees: readonly PlatformTree[], split: boolean | undefined): Tree {
  const [only] = trees;
  if (only !== undefined && trees.length === 1 && split !== true) return only.tree;
  if (split === false)
    return trees.map(({ tree }) => tree).reduce((all, each) => new Tree(merged(ROOT, all.root, each.root)));
  const attributes = new Attributer().of({ mode: 0o755, mtime: sourceDateEpoch(), owner: UNKNOWN_OWNER });
  const children = trees.map(({ platform, tree }): [string, Node] => [
    formatPlatform(platform).replaceAll("/", "_"),
    { type: "directory", attributes, children: tree.root.children },
  ]);
  return new Tree({ type: "directory", attributes, children: new Map(children) });
}

function merged(path: RootPath, below: DirectoryNode, above: DirectoryNode): DirectoryNode {
  const children = new Map(below.children);
  for (const [name, node] of above.children) {
    const there = children.get(name);
    const at = childOf(path, name);
    if (there === undefined) children.set(name, node);
    else if (there.type === "directory" && node.type === "directory") children.set(name, merged(at, there, node));
    else throw conflict(at);
  }
  return { ...below, children };
}

function conflict(path: RootPath): DistillError {
  return new DistillError(
    "FILE_CONFLICT",
    `two platforms have ${displayPath(path)}, and platform-split=false wants one`,
    {
      hint: "leave platform-split out: each platform then gets a directory",
    },
  );
}
