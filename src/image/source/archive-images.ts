import { type Digest, digestOf } from "../../lib/digest.ts";
import { DistillError, isDistillError } from "../../lib/errors.ts";
import { type Content, contentFrom, ifHeld, readContent } from "../content.ts";
import type { Descriptor } from "../descriptor.ts";
import { CONTAINERD_NAME, REF_NAME } from "../layout.ts";
import type { Platform } from "../platform.ts";
import { formatCanonical, formatFamiliar, parseReference, type Reference, withDefaultTag } from "../reference.ts";
import { assembleListed, type ListedImage, readConfig, readList } from "./docker-archive.ts";
import type { SourceFiles } from "./files.ts";
import { heldPart } from "./held-part.ts";
import { blobReader, isOneImage, readLayoutIndex } from "./layout-source.ts";
import { canonicalName } from "./names.ts";

/** An image or index of an archive. */
export interface ArchivedImage {
  readonly content: Content;
  readonly names: readonly Reference[];
  /** Tags that come without a repository, as `skopeo copy ... oci-archive:FILE:TAG` writes them. */
  readonly bareTags: readonly string[];
  /** True where `content` is the one image of an index of which the archive does not hold the rest. */
  readonly partial: boolean;
}

const MAX_IMAGES = 1000;
const MAX_DOCUMENTS = 256 << 20;

/**
 * Every image and index of an archive with its names: those of an OCI layout's index.json, and those of the manifest.json
 * of `docker save`, which may stand side by side and then mean the same. Of an index that is not whole, as engines write
 * it, the image for `platform` is taken. Errors as openLayout and openDockerArchive; FORMAT_INVALID too for a name that
 * is none, or that two images have; LIMIT_EXCEEDED beyond 1000 images.
 */
export async function openArchive(files: SourceFiles, platform?: Platform): Promise<readonly ArchivedImage[]> {
  const images = new ImageList(files.what);
  const layout = await readLayoutIndex(files);
  if (layout !== undefined) await addLayout(files, layout, images, platform);
  if (layout === undefined || files.size("manifest.json") !== undefined) {
    await addListed(files, await readList(files), images);
  }
  return images.done();
}

async function addLayout(
  files: SourceFiles,
  { index, raw }: NonNullable<Awaited<ReturnType<typeof readLayoutIndex>>>,
  images: ImageList,
  platform: Platform | undefined,
): Promise<void> {
  const reader = blobReader(files);
  if (isOneImage(index)) {
    const descriptor = { mediaType: index.mediaType, digest: digestOf(raw), size: raw.length };
    images.add(await heldPart(contentFrom(reader, raw, descriptor), platform));
    return;
  }
  const known = new Map<Digest, Image | undefined>();
  for (const entry of index.manifests) {
    if (!known.has(entry.digest)) {
      const content = await ifHeld(readContent(reader, entry));
      known.set(entry.digest, content && images.add(await heldPart(content, platform)));
    }
    const image = known.get(entry.digest);
    if (image !== undefined) addNames(image, entry, files.what);
  }
}

async function addListed(files: SourceFiles, listed: readonly ListedImage[], images: ImageList): Promise<void> {
  const byPath = new Map<string, readonly [Image, ...Image[]]>();
  for (const each of listed) {
    let fitting = byPath.get(each.configPath);
    if (fitting === undefined) {
      const rawConfig = await readConfig(files, each.configPath);
      const [known, ...more] = images.withID(digestOf(rawConfig));
      const image = known ?? images.add(await heldPart(await assembleListed(files, each, rawConfig), undefined));
      fitting = [image, ...more];
      byPath.set(each.configPath, fitting);
      if (byPath.size > MAX_IMAGES) throw tooMany(files.what);
    }
    for (const name of each.names) {
      // One image may lie there twice, packed in two ways, and then index.json says which of them has the name.
      if (!fitting.some(({ names }) => names.has(canonicalName(name)))) addName(fitting[0], name, files.what);
    }
  }
}

interface Image {
  readonly content: Content;
  readonly partial: boolean;
  readonly imageIDs: ReadonlySet<Digest>;
  /** By canonical name. */
  readonly names: Map<string, Reference>;
  readonly bareTags: Set<string>;
}

class ImageList {
  readonly #what: string;
  readonly #images = new Map<Digest, Image>();
  readonly #byID = new Map<Digest, Image[]>();
  #bytes = 0;

  constructor(what: string) {
    this.#what = what;
  }

  add(part: Awaited<ReturnType<typeof heldPart>>): Image {
    const { digest } = part.content.descriptor;
    const image = this.#images.get(digest) ?? { ...part, names: new Map(), bareTags: new Set() };
    this.#images.set(digest, image);
    for (const id of part.imageIDs) this.#byID.set(id, [...(this.#byID.get(id) ?? []), image]);
    this.#bytes += part.bytes;
    if (this.#images.size > MAX_IMAGES || this.#bytes > MAX_DOCUMENTS) throw tooMany(this.#what);
    return image;
  }

  /** Those that are, or have in them, the image with this ID. */
  withID(id: Digest): readonly Image[] {
    return this.#byID.get(id) ?? [];
  }

  /** All of them, once each name is known to stand for one. */
  done(): readonly ArchivedImage[] {
    const owners = new Map<string, Image>();
    for (const image of this.#images.values()) {
      for (const [name, reference] of image.names) {
        if (owners.has(name)) {
          const shown = formatFamiliar(reference);
          throw new DistillError("FORMAT_INVALID", `${this.#what} holds two different images called ${shown}`, {
            hint: "what one program would take for it is not what another one would: do not trust it",
          });
        }
        owners.set(name, image);
      }
    }
    return Array.from(this.#images.values(), ({ content, partial, names, bareTags }) => ({
      ...{ content, partial },
      names: [...names.values()],
      bareTags: [...bareTags],
    }));
  }
}

/** containerd's annotation is a whole name. That of image-spec is one as podman writes it, and a tag as others do. */
function addNames(image: Image, { annotations }: Descriptor, what: string): void {
  const full = annotations?.[CONTAINERD_NAME];
  const refName = annotations?.[REF_NAME];
  if (full !== undefined) addName(image, full, what);
  else if (refName !== undefined && /[:/]/.test(refName)) addName(image, refName, what);
  else if (refName !== undefined) image.bareTags.add(refName);
}

function addName(image: Image, text: string, what: string): void {
  try {
    const reference = withDefaultTag(parseReference(text));
    // A digest is no name to be kept: the content has its own.
    if (reference.digest === undefined) image.names.set(formatCanonical(reference), reference);
  } catch (cause) {
    if (!isDistillError(cause, "USAGE")) throw cause;
    throw new DistillError("FORMAT_INVALID", `${what} gives an image a name that is none: ${cause.message}`, { cause });
  }
}

function tooMany(what: string): DistillError {
  return new DistillError(
    "LIMIT_EXCEEDED",
    `${what} holds more than ${MAX_IMAGES} images, or uncommonly large manifests`,
  );
}
