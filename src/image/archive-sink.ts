import { open, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { END_OF_ARCHIVE, encodeHeader, paddingAfter } from "../formats/tar/writer.ts";
import { untilCancelled } from "../lib/cancel.ts";
import { type Digest, hexOf } from "../lib/digest.ts";
import { fromSystemError } from "../lib/errors.ts";
import { ifExists, writeAtomically, writeFully } from "../lib/files.ts";
import { refuseUnwritable } from "../lib/output-path.ts";
import { type Content, memoryContentBlob } from "./content.ts";
import { once } from "./image.ts";
import { encodeJson } from "./json.ts";
import { encodeMergedIndex, indexEntries, type LayoutNames, OCI_LAYOUT_FILE } from "./layout.ts";
import { formatFamiliar } from "./reference.ts";
import { walkContent } from "./select.ts";
import { verified } from "./verified.ts";

/** `oci`: a tar of an OCI layout. `docker`: the same with the `manifest.json` that `docker load` reads. */
export type ArchiveFlavour = "oci" | "docker";

interface Member {
  readonly path: string;
  readonly size: number;
  content(): AsyncIterable<Uint8Array>;
}

/**
 * Writes an image, or for `oci` an index with all that it names, packed as it is, as a tar whose bytes depend on the
 * content and its names only. Every blob is verified on the way. The file appears whole or not at all; a target that is no plain file (a pipe,
 * /dev/stdout) is written to as it is.
 */
export async function writeArchive(
  content: Content,
  path: string,
  flavour: ArchiveFlavour,
  names: LayoutNames = {},
  signal?: AbortSignal,
): Promise<void> {
  refuseUnwritable(path, "file");
  const bytes = untilCancelled(archive(content, flavour, names), signal);
  const found = await ifExists(stat(path));
  if (found !== undefined && !found.isFile()) return writeInPlace(path, bytes);
  // A symbolic link stays one: its target is what is replaced.
  const target = found === undefined ? path : await realpath(path);
  await writeAtomically(target, dirname(target), async (handle) => {
    for await (const chunk of bytes) await writeFully(handle, chunk);
  });
}

/** The archive as a stream; ends in an error where a blob is not what its descriptor says. */
export async function* archive(
  content: Content,
  flavour: ArchiveFlavour,
  names: LayoutNames = {},
): AsyncGenerator<Uint8Array> {
  for (const member of await membersOf(content, flavour, names)) {
    yield encodeHeader(headerOf(member));
    yield* member.content();
    yield paddingAfter(member.size);
  }
  yield END_OF_ARCHIVE;
}

async function writeInPlace(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await open(path, "w");
  try {
    for await (const chunk of content) await writeFully(handle, chunk);
  } catch (error) {
    throw fromSystemError(error, "writing", path);
  } finally {
    await handle.close();
  }
}

async function membersOf(content: Content, flavour: ArchiveFlavour, names: LayoutNames): Promise<readonly Member[]> {
  const members = new Map<string, Member>();
  for await (const each of walkContent(content)) {
    const held = each.kind === "manifest" ? each.blobs : [];
    for (const { descriptor, open } of [...held, memoryContentBlob(each.descriptor, each.raw)]) {
      const path = `blobs/sha256/${hexOf(descriptor.digest)}`;
      members.set(path, { path, size: descriptor.size, content: () => verified(open(), descriptor) });
    }
  }
  const documents = [
    inMemory("blobs/", new Uint8Array()),
    inMemory("blobs/sha256/", new Uint8Array()),
    inMemory("index.json", encodeMergedIndex(undefined, await indexEntries(content, names))),
    inMemory("oci-layout", OCI_LAYOUT_FILE),
    ...(flavour === "docker" ? [inMemory("manifest.json", dockerManifest(content, names))] : []),
  ];
  return [...members.values(), ...documents].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function inMemory(path: string, bytes: Uint8Array): Member {
  return { path, size: bytes.length, content: () => once(bytes) };
}

/** What `docker save` calls manifest.json: a list of images with paths of their config and layers in the archive. */
function dockerManifest(content: Content, { names = [] }: LayoutNames): Uint8Array {
  if (content.kind === "index") throw new Error("a docker archive holds one image, not an index");
  const pathOf = (digest: Digest) => `blobs/sha256/${hexOf(digest)}`;
  const { config, layers } = content.manifest;
  const tags = names.filter(({ digest }) => digest === undefined).map(formatFamiliar);
  return encodeJson([
    {
      Config: pathOf(config.digest),
      RepoTags: tags.length === 0 ? null : tags,
      Layers: layers.map(({ digest }) => pathOf(digest)),
    },
  ]);
}

function headerOf({ path, size }: Member): Parameters<typeof encodeHeader>[0] {
  const directory = path.endsWith("/");
  return {
    path,
    type: directory ? "directory" : "file",
    mode: directory ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    size,
    mtime: 0,
    linkname: "",
    uname: "",
    gname: "",
    devmajor: 0,
    devminor: 0,
    xattrs: new Map(),
  };
}
