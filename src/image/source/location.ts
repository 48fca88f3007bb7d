import { type Digest, isDigest } from "../../lib/digest.ts";
import { DistillError } from "../../lib/errors.ts";
import { parseReference, type Reference, withDefaultTag } from "../reference.ts";

/** Where an image is read from, outside the store. */
export type SourceLocation = LocalLocation | { readonly transport: "docker"; readonly reference: Reference };

/** On this machine. */
export type LocalLocation =
  | {
      readonly transport: "oci" | "oci-archive" | "docker-archive";
      readonly path: string;
      /** Name of the image among those that are there. */
      readonly name: string | undefined;
      /** Digest of its manifest or index, or its image ID. */
      readonly digest: Digest | undefined;
    }
  | {
      readonly transport: "docker-daemon";
      /** As it was written; empty where only an image ID is given. */
      readonly name: string;
      readonly digest: Digest | undefined;
    };

const KNOWN =
  "docker://NAME[:TAG], oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME] (each with @DIGEST), docker-daemon:NAME, or a name in the store";

/** Parses a source: in a registry, or as parseLocalSource. */
export function parseSource(text: string): SourceLocation | undefined {
  const name = /^docker:\/\/(.*)$/s.exec(text)?.[1];
  if (name === undefined) return parseLocalSource(text);
  return { transport: "docker", reference: withDefaultTag(parseReference(name)) };
}

/**
 * Parses a source on this machine, in skopeo's spelling, with `@sha256:...` behind it where a digest chooses; as there, the path ends at
 * the first colon. Undefined for a text without a transport: a name in the store. Throws USAGE, and UNSUPPORTED for a
 * transport that exists elsewhere but not here.
 */
export function parseLocalSource(text: string): LocalLocation | undefined {
  const transport = transportOf(text);
  if (transport === undefined) return undefined;
  const { name: rest, digest } = splitDigest(text.slice(transport.length + 1));
  if (transport === "docker-daemon") return engineLocation(text, rest, digest);
  const colon = rest.indexOf(":");
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const name = colon < 0 ? undefined : rest.slice(colon + 1);
  if (path === "" || name === "") {
    throw new DistillError("USAGE", `${text}: a ${path === "" ? "path" : "name"} is missing`, {
      hint: `expected ${KNOWN}`,
    });
  }
  return { transport, path, name, digest };
}

function transportOf(text: string): LocalLocation["transport"] | undefined {
  const prefix = /^([a-z-]+):/.exec(text)?.[1];
  switch (prefix) {
    case "oci":
    case "oci-archive":
    case "docker-archive":
    case "docker-daemon":
      return prefix;
    default:
      if (prefix !== undefined && text.startsWith("//", prefix.length + 1)) {
        throw new DistillError("UNSUPPORTED", `${prefix}: is not yet a source`, { hint: `use one of ${KNOWN}` });
      }
      return undefined;
  }
}

function engineLocation(text: string, name: string, digest: Digest | undefined): LocalLocation {
  if (name !== "") parseReference(name);
  else if (digest === undefined) {
    throw new DistillError("USAGE", `${text}: a name is missing`, { hint: "expected docker-daemon:NAME[:TAG]" });
  }
  return { transport: "docker-daemon", name, digest };
}

/** `NAME@sha256:...` in its two parts; `sha256:...` alone, as docker and skopeo write an image ID, is a digest too. */
function splitDigest(text: string): { readonly name: string; readonly digest: Digest | undefined } {
  if (isDigest(text)) return { name: "", digest: text };
  const at = text.lastIndexOf("@");
  const digest = text.slice(at + 1);
  return at >= 0 && isDigest(digest) ? { name: text.slice(0, at), digest } : { name: text, digest: undefined };
}
