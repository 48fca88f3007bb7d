import { DistillError } from "../lib/errors.ts";
import { refuseUnwritable } from "../lib/output-path.ts";
import type { Image } from "./image.ts";
import { parseReference, type Reference } from "./reference.ts";

/** A value of `-o`: where an image is written to. */
export interface Destination {
  readonly transport: "oci" | "oci-archive" | "docker-archive";
  readonly path: string;
  /** Name within a layout: `org.opencontainers.image.ref.name`. */
  readonly tag: string | undefined;
  /** Image name given with docker-archive, beside those of `-t`. */
  readonly name: Reference | undefined;
}

const KNOWN = "oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME]";
/** image-spec, annotations.md: the grammar of `org.opencontainers.image.ref.name`. */
const REF_NAME = /^[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*(?:\/[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*)*$/;

/**
 * Parses a destination in skopeo's spelling; as there, the path ends at the first colon. Throws USAGE with the list of
 * known transports, and UNSUPPORTED for those that exist elsewhere but not yet here.
 */
export function parseDestination(text: string): Destination {
  const colon = text.indexOf(":");
  const transport = colon < 0 ? "" : text.slice(0, colon);
  const rest = text.slice(colon + 1);
  switch (transport) {
    case "oci":
    case "oci-archive":
    case "docker-archive":
      return withPath(transport, rest, text);
    case "docker":
    case "docker-daemon":
      throw new DistillError("UNSUPPORTED", `${transport}: is not yet a destination`, {
        hint: `use one of ${KNOWN}; docker load reads a docker-archive, skopeo copies it anywhere`,
      });
    default:
      throw new DistillError("USAGE", `not a destination: ${JSON.stringify(text.slice(0, 200))}`, {
        hint: `expected one of ${KNOWN}`,
      });
  }
}

/** Refuses what could not be written, before any work is done for it; see refuseUnwritable. */
export function checkDestination({ transport, path }: Destination): void {
  refuseUnwritable(path, transport === "oci" ? "directory" : "file");
}

/**
 * Writes the image, packed as its manifest says, under the destination's own name and `names`. Nothing is there after a
 * failure, nor when `signal` is aborted (CANCELLED).
 */
export async function writeImage(
  image: Image,
  destination: Destination,
  names: readonly Reference[] = [],
  signal?: AbortSignal,
): Promise<void> {
  const { transport, path, tag, name } = destination;
  const all = { tag, names: name === undefined ? names : [...names, name] };
  if (transport === "oci") {
    const { writeLayout } = await import("./layout-sink.ts");
    return writeLayout(image, path, all, signal);
  }
  const { writeArchive } = await import("./archive-sink.ts");
  return writeArchive(image, path, transport === "oci-archive" ? "oci" : "docker", all, signal);
}

function withPath(transport: Destination["transport"], rest: string, text: string): Destination {
  const colon = rest.indexOf(":");
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const name = colon < 0 ? undefined : rest.slice(colon + 1);
  if (path === "" || name === "") {
    throw new DistillError("USAGE", `${text}: a ${path === "" ? "path" : "name"} is missing`, {
      hint: `expected one of ${KNOWN}`,
    });
  }
  if (transport === "docker-archive") {
    return { transport, path, tag: undefined, name: name === undefined ? undefined : parseReference(name) };
  }
  if (name !== undefined && !REF_NAME.test(name)) {
    throw new DistillError("USAGE", `${text}: ${JSON.stringify(name)} is no name for an image in a layout`);
  }
  return { transport, path, tag: name, name: undefined };
}
