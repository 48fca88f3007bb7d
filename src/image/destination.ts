import { DistillError } from "../lib/errors.ts";
import { refuseUnwritable } from "../lib/output-path.ts";
import type { Content, ManifestContent } from "./content.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Platform } from "./platform.ts";
import { parseReference, type Reference, withDefaultTag } from "./reference.ts";

/** Where an image is written to, outside the store: a value of `-o`, or what `distill copy` ends with. */
export type Destination = LocalDestination | { readonly transport: "docker"; readonly reference: Reference };

/** On this machine; what is written here needs no registry. */
export type LocalDestination =
  | {
      readonly transport: "oci" | "oci-archive";
      readonly path: string;
      /** Name within a layout: `org.opencontainers.image.ref.name`. */
      readonly tag: string | undefined;
    }
  | {
      readonly transport: "docker-archive";
      readonly path: string;
      /** Image name, beside those of `-t`. */
      readonly name: Reference | undefined;
    }
  | { readonly transport: "docker-daemon"; readonly name: Reference };

/** What is at a destination now. */
export interface Written {
  /** The manifest or index as it is there: another one than was given where `changed` says why. */
  readonly descriptor: Descriptor;
  /** The image ID, for an image. */
  readonly imageID: string | undefined;
  readonly changed: string | undefined;
}

const KNOWN =
  "docker://NAME[:TAG], oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME], docker-daemon:NAME[:TAG]";
/** image-spec, annotations.md: the grammar of `org.opencontainers.image.ref.name`. */
const REF_NAME = /^[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*(?:\/[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*)*$/;

/** Parses a destination: of a registry, or as parseLocalDestination. Throws USAGE. */
export function parseDestination(text: string): Destination {
  const rest = /^docker:(.*)$/s.exec(text)?.[1];
  return rest === undefined
    ? parseLocalDestination(text)
    : { transport: "docker", reference: registryName(rest, text) };
}

/**
 * Parses a destination on this machine, in skopeo's spelling; as there, the path ends at the first colon. Throws USAGE with the list of
 * known transports.
 */
export function parseLocalDestination(text: string): LocalDestination {
  const colon = text.indexOf(":");
  const transport = colon < 0 ? "" : text.slice(0, colon);
  const rest = text.slice(colon + 1);
  switch (transport) {
    case "oci":
    case "oci-archive": {
      const { path, name } = splitPath(rest, text);
      if (name !== undefined && !REF_NAME.test(name)) {
        throw new DistillError("USAGE", `${text}: ${JSON.stringify(name)} is no name for an image in a layout`);
      }
      return { transport, path, tag: name };
    }
    case "docker-archive": {
      const { path, name } = splitPath(rest, text);
      return { transport, path, name: name === undefined ? undefined : parseReference(name) };
    }
    case "docker-daemon":
      return { transport, name: engineName(rest, text) };
    default:
      throw new DistillError("USAGE", `not a destination: ${JSON.stringify(text.slice(0, 200))}`, {
        hint: `expected one of ${KNOWN}`,
      });
  }
}

/** Refuses what could not be written, before any work is done for it; see refuseUnwritable and engineEndpoint. */
export async function checkDestination(destination: LocalDestination): Promise<void> {
  if (destination.transport === "docker-daemon") {
    const { EngineClient } = await import("./engine/client.ts");
    await using _ = await EngineClient.connect();
    return;
  }
  refuseUnwritable(destination.path, destination.transport === "oci" ? "directory" : "file");
}

/**
 * Writes an image or index, packed as it is, under the destination's own name and `names`. A layout and an oci-archive
 * take an index whole; for docker's two, the image for `platform` is taken, by default the one for this machine, and
 * zstd layers are unpacked. Nothing is there after a failure, nor when `signal` is aborted (CANCELLED).
 */
export async function writeContent(
  content: Content,
  destination: LocalDestination,
  options: {
    readonly names?: readonly Reference[];
    readonly platform?: Platform | undefined;
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<Written> {
  const { names = [], platform, signal } = options;
  switch (destination.transport) {
    case "oci": {
      const { writeLayout } = await import("./layout-sink.ts");
      await writeLayout(content, destination.path, { tag: destination.tag, names }, signal);
      return writtenAs(content);
    }
    case "oci-archive": {
      const { writeArchive } = await import("./archive-sink.ts");
      await writeArchive(content, destination.path, "oci", { tag: destination.tag, names }, signal);
      return writtenAs(content);
    }
    case "docker-archive": {
      const { writeArchive } = await import("./archive-sink.ts");
      const image = await imageForDocker(content, platform);
      const all = destination.name === undefined ? names : [...names, destination.name];
      await writeArchive(image, destination.path, "docker", { names: all }, signal);
      return { ...writtenAs(image), changed: changeOf(content, image) };
    }
    case "docker-daemon": {
      const { archive } = await import("./archive-sink.ts");
      const { loadIntoEngine } = await import("./engine/load.ts");
      const image = await imageForDocker(content, platform);
      const all = [...names, destination.name];
      const ids = [image.manifest.config.digest, image.descriptor.digest];
      await loadIntoEngine(archive(image, "docker", { names: all }), destination.name, ids, signal);
      return { ...writtenAs(image), changed: changeOf(content, image) };
    }
  }
}

/**
 * The image for `platform` (by default for this machine) in a form that docker's two formats hold. NO_SUCH_IMAGE, and
 * UNSUPPORTED where a layer did not come with the image.
 */
export async function imageForDocker(content: Content, platform: Platform | undefined): Promise<ManifestContent> {
  const { selectImage } = await import("./select.ts");
  const { dockerForm } = await import("./docker-form.ts");
  const image = await selectImage(content, platform);
  const held = new Set(image.blobs.map(({ descriptor }) => descriptor.digest));
  const missing = image.manifest.layers.find(({ digest }) => !held.has(digest));
  if (missing === undefined) return dockerForm(image);
  throw new DistillError("UNSUPPORTED", `layer ${missing.digest} did not come with the image: it lies elsewhere`, {
    hint: "docker loads whole images only; copy this one to an OCI layout or archive",
  });
}

function writtenAs(content: Content): Written {
  const imageID = content.kind === "manifest" ? content.manifest.config.digest : undefined;
  return { descriptor: content.descriptor, imageID, changed: undefined };
}

/** What docker's formats made of an image, for people; undefined where it is as it was. */
export function changeOf(given: Content, image: ManifestContent): string | undefined {
  if (given.descriptor.digest === image.descriptor.digest) return undefined;
  if (given.kind === "index") return "of the index, the image of one platform was taken: docker's formats hold one";
  return "its zstd layers were unpacked, since Docker before 23 cannot read them; the image ID is the same";
}

function registryName(rest: string, text: string): Reference {
  if (!rest.startsWith("//")) {
    throw new DistillError("USAGE", `not a destination: ${text}`, { hint: `a registry's is docker://${rest}` });
  }
  return withDefaultTag(parseReference(rest.slice(2)));
}

function engineName(name: string, text: string): Reference {
  if (name === "") {
    throw new DistillError("USAGE", `${text}: a name is missing`, { hint: "expected docker-daemon:NAME[:TAG]" });
  }
  const reference = parseReference(name);
  if (reference.digest === undefined) return withDefaultTag(reference);
  throw new DistillError("USAGE", `${text}: an engine gives an image its digest itself`, {
    hint: "expected docker-daemon:NAME[:TAG]",
  });
}

function splitPath(rest: string, text: string): { readonly path: string; readonly name: string | undefined } {
  const colon = rest.indexOf(":");
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const name = colon < 0 ? undefined : rest.slice(colon + 1);
  if (path !== "" && name !== "") return { path, name };
  throw new DistillError("USAGE", `${text}: a ${path === "" ? "path" : "name"} is missing`, {
    hint: `expected one of ${KNOWN}`,
  });
}
