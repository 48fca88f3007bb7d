import { writeStream } from "../lib/files.ts";
import { type Checkout, loginFor, type Revision } from "../lib/git/checkout.ts";
import { gitDirectoryFiles, objectsOf } from "../lib/git/git-directory.ts";
import { readPieces } from "../lib/git/objects.ts";
import { PackWriter } from "../lib/git/pack-writer.ts";
import { BackingFile, bytesContent, type Content } from "../rootfs/content.ts";
import { Attributer } from "../rootfs/node.ts";
import { parentOf, pathFromText, type RootPath } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import { TreeEditor } from "../rootfs/tree-editor.ts";
import { openNameless, type RepositoryContentsOptions } from "./repository-contents.ts";

/** Directories without which git does not see a repository. */
const DIRECTORIES = [".git/objects/info", ".git/objects/pack", ".git/refs/heads", ".git/refs/tags"];

/** As git has it: a pack is never written to again. */
const READ_ONLY = 0o444;

/**
 * The tree of a checkout with a .git directory (gitDirectoryFiles) added. The result keeps a file open, which the caller
 * closes.
 */
export async function withGitDirectory(
  tree: Tree,
  checkout: Checkout,
  ref: { readonly name: string; readonly object: string } | undefined,
  options: RepositoryContentsOptions,
): Promise<{ readonly tree: Tree; readonly file: BackingFile }> {
  const revision = checkout.revisions[0] as Revision;
  const { file, index, size } = await writePack(checkout, revision, options);
  const attributes = new Attributer();
  const editor = new TreeEditor(tree);
  const owned = (path: RootPath, mode: number) =>
    attributes.of({ mode, mtime: checkout.time, owner: { kind: "context", path } });
  const put = (name: string, content: Content, mode = 0o644): void => {
    const path = pathFromText(`.git/${name}`);
    editor.makeDirectories(parentOf(path), owned(parentOf(path), 0o755));
    editor.put(path, { type: "file", attributes: owned(path, mode), content, inode: undefined });
  };
  for (const name of DIRECTORIES) editor.makeDirectories(pathFromText(name), owned(pathFromText(".git"), 0o755));
  for (const { path, bytes } of gitDirectoryFiles(checkout, revision.remote.address, ref))
    put(path, bytesContent(bytes));
  put(`objects/pack/pack-${index.name}.pack`, file.range(0, size), READ_ONLY);
  put(`objects/pack/pack-${index.name}.idx`, bytesContent(index.bytes), READ_ONLY);
  return { tree: editor.done(), file };
}

async function writePack(
  checkout: Checkout,
  { remote, object }: Revision,
  { git, repositories, directory, run }: RepositoryContentsOptions,
): Promise<{ readonly file: BackingFile; readonly index: ReturnType<PackWriter["index"]>; readonly size: number }> {
  const ids = objectsOf(checkout);
  return repositories.use(remote, object, loginFor(remote, run), async (repository) => {
    const writer = new PackWriter(object.length === 64 ? "sha256" : "sha1");
    const handle = await openNameless(directory);
    try {
      await writeStream(handle, writer.bytes(ids.length, readPieces(git, repository, ids, run.signal)), remote.shown);
      const { size } = await handle.stat();
      return { file: new BackingFile(`the .git directory of ${remote.shown}`, handle), index: writer.index(), size };
    } catch (error) {
      await handle.close();
      throw error;
    }
  });
}
