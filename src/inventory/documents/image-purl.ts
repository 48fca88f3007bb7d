import { parseReference, type Reference, repositoryName } from "../../image/reference.ts";
import { parseSource } from "../../image/source/location.ts";
import { isDistillError } from "../../lib/errors.ts";
import type { DocumentImage } from "./subject.ts";

/**
 * The package URL of an image (purl-spec, type oci); undefined where it has no digest, or its name is none of a registry's. A
 * registry is named where the name does so: `app` alone may never have been in docker.io.
 */
export function imagePurl({
  name,
  manifestDigest,
  platform,
}: Pick<DocumentImage, "name" | "manifestDigest" | "platform">): string | undefined {
  const reference = referenceOf(name);
  if (reference === undefined || manifestDigest === undefined) return undefined;
  const { domain, path, tag } = reference;
  const isNamed = name.replace(/^docker:\/\//, "").startsWith(`${domain}/`) || name.startsWith("docker://");
  const qualifiers = [
    ["arch", platform.architecture],
    ["repository_url", isNamed ? repositoryName(reference) : ""],
    ["tag", tag ?? ""],
  ].filter(([, value]) => value !== "");
  const written = qualifiers.map(([key, value = ""]) => `${key}=${encodeURIComponent(value)}`).join("&");
  return `pkg:oci/${path.slice(path.lastIndexOf("/") + 1)}@${encodeURIComponent(manifestDigest)}?${written}`;
}

function referenceOf(name: string): Reference | undefined {
  try {
    const location = parseSource(name);
    if (location === undefined) return parseReference(name);
    return location.transport === "docker" ? location.reference : undefined;
  } catch (error) {
    if (isDistillError(error, "USAGE", "UNSUPPORTED")) return undefined;
    throw error;
  }
}
