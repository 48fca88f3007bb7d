import { type Digest, digestOf, hexOf } from "../../lib/digest.ts";
import { DistillError } from "../../lib/errors.ts";
import { type Content, type ContentReader, contentFrom, readContent } from "../content.ts";
import type { Descriptor } from "../descriptor.ts";
import { parseJsonObject, requiredString } from "../json.ts";
import { CONTAINERD_NAME, REF_NAME } from "../layout.ts";
import { decodeIndex, type Index } from "../manifest.ts";
import { formatPlatform } from "../platform.ts";
import { readSmall, type SourceFiles } from "./files.ts";
import { canonicalName } from "./names.ts";

const MAX_INDEX = 4 << 20;

/** Which image of several is meant. */
export interface Choice {
  readonly name: string | undefined;
  readonly digest: Digest | undefined;
}

/**
 * The image or index that an OCI layout (image-spec, image-layout.md) has under this name or digest; without either,
 * the only one that it has. Throws NO_SUCH_IMAGE or, where several fit, USAGE, each with the list; FORMAT_INVALID for
 * what is no layout.
 */
export async function openLayout(files: SourceFiles, choice: Choice): Promise<Content> {
  const layout = await readLayoutIndex(files);
  if (layout === undefined) {
    const docker = files.size("manifest.json") !== undefined;
    throw new DistillError("FORMAT_INVALID", `${files.what} is not an OCI layout: it has no index.json`, {
      hint: docker ? `it was made for docker load: read it as docker-archive:${files.what}` : "check the path",
    });
  }
  const reader = blobReader(files);
  const { index, raw } = layout;
  if (choice.name === undefined && choice.digest === undefined && isOneImage(index)) {
    return contentFrom(reader, raw, { mediaType: index.mediaType, digest: digestOf(raw), size: raw.length });
  }
  return readContent(reader, chooseEntry(index, choice, files.what));
}

/** The layout's index.json; undefined where there is none. Throws UNSUPPORTED for another version of the format. */
export async function readLayoutIndex(
  files: SourceFiles,
): Promise<{ readonly index: Index; readonly raw: Uint8Array } | undefined> {
  const raw = await readSmall(files, "index.json", MAX_INDEX);
  if (raw === undefined) return undefined;
  const marker = await readSmall(files, "oci-layout", 4096);
  const version = marker && requiredString(parseJsonObject(marker, "oci-layout", 4096), "imageLayoutVersion");
  if (version !== undefined && !version.startsWith("1.")) {
    throw new DistillError("UNSUPPORTED", `${files.what} is an OCI layout of version ${version}`, {
      hint: "version 1 can be read",
    });
  }
  return { index: decodeIndex(raw), raw };
}

/** Reads blobs by digest. One of another size than its descriptor says is refused before it is read. */
export function blobReader(files: SourceFiles): ContentReader {
  return {
    what: files.what,
    open({ digest, size }) {
      const path = `blobs/sha256/${hexOf(digest)}`;
      const found = files.size(path);
      if (found === undefined) return undefined;
      if (found === size) return () => files.open(path);
      throw new DistillError("DIGEST_MISMATCH", `${files.what}: blob ${digest} has ${found} bytes instead of ${size}`, {
        hint: "it is damaged: write or fetch it again",
      });
    },
  };
}

/** The names of an entry, as people write them. */
export function namesOf({ annotations }: Descriptor): readonly string[] {
  return [annotations?.[CONTAINERD_NAME], annotations?.[REF_NAME]].filter((name) => name !== undefined);
}

function chooseEntry(index: Index, { name, digest }: Choice, what: string): Descriptor {
  const images = index.manifests.filter(({ artifactType }) => artifactType === undefined);
  // Documents about images are looked at when they are asked for, or where there is nothing else.
  const isAnyImage = name === undefined && digest === undefined && images.length > 0;
  const fitting = (isAnyImage ? images : index.manifests).filter(
    (entry) => (name === undefined || isCalled(entry, name)) && (digest === undefined || entry.digest === digest),
  );
  const distinct = new Map(fitting.map((entry) => [entry.digest, entry]));
  const [only] = distinct.values();
  if (distinct.size === 1 && only !== undefined) return only;
  const wanted = name ?? digest;
  const list = describeEntries(index.manifests);
  if (distinct.size > 1) {
    const fit = wanted === undefined ? "" : ` called ${wanted}`;
    throw new DistillError("USAGE", `${what} holds ${distinct.size} images${fit}`, { hint: `choose one of ${list}` });
  }
  const none = wanted === undefined ? "no image" : `no image ${wanted}`;
  throw new DistillError("NO_SUCH_IMAGE", `${what} holds ${none}`, {
    hint: list === "" ? "its index.json is empty" : `it holds ${list}`,
  });
}

function isCalled({ annotations }: Descriptor, name: string): boolean {
  const full = annotations?.[CONTAINERD_NAME];
  return annotations?.[REF_NAME] === name || (full !== undefined && canonicalName(full) === canonicalName(name));
}

/** True where index.json has no names but one entry for each of several platforms: then it is the image's index itself. */
export function isOneImage({ manifests }: Index): boolean {
  const platforms = new Set(manifests.map(({ platform }) => platform && formatPlatform(platform)));
  return (
    manifests.length > 1 && platforms.size === manifests.length && manifests.every((each) => namesOf(each).length === 0)
  );
}

const MOST_SHOWN = 20;

function describeEntries(entries: readonly Descriptor[]): string {
  const texts = entries.map((entry) => {
    const [name] = namesOf(entry);
    return name === undefined ? `@${entry.digest}` : `${name} (@${entry.digest.slice(0, 19)}...)`;
  });
  const more = texts.length > MOST_SHOWN ? `, and ${texts.length - MOST_SHOWN} more` : "";
  return `${texts.slice(0, MOST_SHOWN).join(", ")}${more}`;
}
