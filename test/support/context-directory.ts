import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { ContextFiles, type ContextFilesOptions } from "../../src/build/context/context-files.ts";
import { FileDigests } from "../../src/build/context/file-digests.ts";
import { parseIgnoreFile } from "../../src/dockerfile/ignore/ignore-file.ts";
import { streamContent } from "../../src/rootfs/content.ts";
import type { Node } from "../../src/rootfs/node.ts";
import { pathFromText, textOfBytes } from "../../src/rootfs/path.ts";
import type { Tree } from "../../src/rootfs/tree.ts";
import { collect } from "./bytes.ts";
import { temporaryDirectory } from "./directories.ts";

/** A directory with these files, beside one that must never be read. */
export function contextDirectory(
  t: TestContext,
  contents: Readonly<Record<string, string>> = {},
): { readonly directory: string; readonly outside: string } {
  const parent = temporaryDirectory(t);
  const [directory, outside] = [join(parent, "context"), join(parent, "outside")];
  for (const path of [directory, outside]) mkdirSync(path);
  writeFileSync(join(outside, "secret"), "secret");
  writeFiles(directory, contents);
  return { directory, outside };
}

export function writeFiles(directory: string, contents: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}

export interface OpenedFiles extends Partial<Omit<ContextFilesOptions, "rules" | "without">> {
  /** Text of a .dockerignore. */
  readonly rules?: string;
  readonly without?: readonly string[];
}

/** The directory as files of a build, closed when the test ends. */
export function openFiles(t: TestContext, directory: string, options: OpenedFiles = {}): ContextFiles {
  const { rules, without = [], ...others } = options;
  const files = ContextFiles.open(directory, {
    rules: rules === undefined ? undefined : parseIgnoreFile(rules),
    without: new Set(without.map(pathFromText)),
    keepTimes: false,
    digests: FileDigests.open(undefined),
    onSocket: () => {},
    ...others,
  });
  t.after(() => files.close());
  return files;
}

export async function textOf(node: Node | undefined): Promise<string> {
  if (node?.type !== "file") throw new Error(`no file but ${node?.type}`);
  return (await collect(streamContent(node.content))).toString();
}

/** "dir/" for directories, "file=contents", "link>target", "fifo|". */
export async function listedFiles(tree: Tree): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const [bytes, node] of tree.entries()) {
    const path = textOfBytes(bytes);
    if (node.type === "directory") lines.push(`${path}/`);
    else if (node.type === "file") lines.push(`${path}=${await textOf(node)}`);
    else lines.push(node.type === "symlink" ? `${path}>${textOfBytes(node.target)}` : `${path}|${node.type}`);
  }
  return lines;
}
