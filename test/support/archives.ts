import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Account } from "../../src/rootfs/accounts.ts";
import { type OpenArchive, openArchive } from "../../src/rootfs/archives/open-archive.ts";
import { unpackInto } from "../../src/rootfs/archives/unpack-into.ts";
import type { UnpackOptions } from "../../src/rootfs/archives/unpacker.ts";
import { BackingFile, bytesContent, type Content } from "../../src/rootfs/content.ts";
import { Attributer } from "../../src/rootfs/node.ts";
import { pathFromBytes, type RootPath } from "../../src/rootfs/path.ts";
import type { Tree } from "../../src/rootfs/tree.ts";
import { TreeEditor } from "../../src/rootfs/tree-editor.ts";
import { archiveOf, type Entry } from "./tar.ts";

/** The archive, which must be one, open until the test ends. */
export async function opened(test: TestContext, bytes: Uint8Array | Content, name = "app.tar"): Promise<OpenArchive> {
  const content = bytes instanceof Uint8Array ? bytesContent(bytes) : bytes;
  const archive = await openArchive(content, { name, temporaryDirectory: tmpdir() });
  if (archive === undefined) throw new Error(`${name} is no archive`);
  test.after(() => archive[Symbol.asyncDispose]());
  return archive;
}

export interface Unpacked {
  readonly tree: Tree;
  readonly written: ReadonlySet<RootPath>;
}

/** `tree` with an archive of these entries unpacked into `destination`. */
export async function unpacked(
  tree: Tree,
  entries: readonly Entry[] | Uint8Array,
  options: { readonly destination?: string; readonly account?: Account } & UnpackOptions = {},
): Promise<Unpacked> {
  const bytes = entries instanceof Uint8Array ? entries : archiveOf(entries);
  const archive = await openArchive(bytesContent(bytes), { name: "app.tar", temporaryDirectory: tmpdir() });
  if (archive === undefined) throw new Error("it is no archive");
  const editor = new TreeEditor(tree);
  const written = await unpackInto(editor, pathFromBytes(options.destination ?? ""), archive, {
    ...options,
    account: options.account,
    owner: { kind: "context", path: "app.tar" },
    attributer: new Attributer(),
  });
  return { tree: editor.done(), written };
}

/** A file on disk with these bytes, as content; closed when the test ends. */
export function fileContent(test: TestContext, directory: string, bytes: Uint8Array): Content {
  const path = join(directory, "content");
  writeFileSync(path, bytes);
  const file = new BackingFile(path);
  test.after(() => file.close());
  return file.range(0, bytes.length);
}
