import { END_OF_ARCHIVE, encodeHeader, paddingAfter } from "../formats/tar/writer.ts";
import { untilCancelled } from "../lib/cancel.ts";
import { type Digest, hexOf } from "../lib/digest.ts";
import { writeOutput } from "../lib/write-output.ts";
import { type Content, memoryContentBlob } from "./content.ts";
import type { Descriptor } from "./descriptor.ts";
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
  await writeOutput(path, untilCancelled(archive(content, flavour, names), signal));
}

/** An image as it is to lie in an archive. */
export interface NamedContent {
  readonly content: Content;
  readonly names: LayoutNames;
}

/** The archive as a stream; ends in an error where a blob is not what its descriptor says. */
export function archive(
  content: Content,
  flavour: ArchiveFlavour,
  names: LayoutNames = {},
): AsyncGenerator<Uint8Array> {
  return archiveOfAll([{ content, names }], flavour);
}

/** As archive, of several images, which share the blobs that they have in common. */
export async function* archiveOfAll(
  images: readonly NamedContent[],
  flavour: ArchiveFlavour,
): AsyncGenerator<Uint8Array> {
  for (const member of await membersOf(images, flavour)) {
    yield encodeHeader(headerOf(member));
    yield* member.content();
    yield paddingAfter(member.size);
  }
  yield END_OF_ARCHIVE;
}

async function membersOf(images: readonly NamedContent[], flavour: ArchiveFlavour): Promise<readonly Member[]> {
  const members = new Map<string, Member>();
  const entries: Descriptor[] = [];
  for (const { content, names } of images) {
    for await (const each of walkContent(content)) {
      const held = each.kind === "manifest" ? each.blobs : [];
      for (const { descriptor, open } of [...held, memoryContentBlob(each.descriptor, each.raw)]) {
        const path = `blobs/sha256/${hexOf(descriptor.digest)}`;
        members.set(path, { path, size: descriptor.size, content: () => verified(open(), descriptor) });
      }
    }
    entries.push(...(await indexEntries(content, names)));
  }
  const documents = [
    inMemory("blobs/", new Uint8Array()),
    inMemory("blobs/sha256/", new Uint8Array()),
    inMemory("index.json", encodeMergedIndex(undefined, entries)),
    inMemory("oci-layout", OCI_LAYOUT_FILE),
    ...(flavour === "docker" ? [inMemory("manifest.json", encodeJson(images.map(dockerEntry)))] : []),
  ];
  return [...members.values(), ...documents].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function inMemory(path: string, bytes: Uint8Array): Member {
  return { path, size: bytes.length, content: () => once(bytes) };
}

/** An entry of what `docker save` calls manifest.json: paths of config and layers in the archive, and names. */
function dockerEntry({ content, names: { names = [] } }: NamedContent): object {
  if (content.kind === "index") throw new Error("a docker archive holds images, not an index");
  const pathOf = (digest: Digest) => `blobs/sha256/${hexOf(digest)}`;
  const { config, layers } = content.manifest;
  const tags = new Set(names.filter(({ digest }) => digest === undefined).map(formatFamiliar));
  return {
    Config: pathOf(config.digest),
    RepoTags: tags.size === 0 ? null : [...tags],
    Layers: layers.map(({ digest }) => pathOf(digest)),
  };
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
