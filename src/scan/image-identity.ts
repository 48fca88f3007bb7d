import { parsePlatform } from "../image/platform.ts";
import { imagePurl } from "../inventory/documents/image-purl.ts";
import { type ParsedPurl, parsePurl } from "../inventory/parse-purl.ts";
import { isDigest } from "../lib/digest.ts";
import { isDistillError } from "../lib/errors.ts";
import type { ScanSubject } from "./report.ts";

/** The package URL of a scanned image; undefined where it has no digest, or no name of a registry's. */
export function subjectPurl({ name, manifestDigest, platform }: ScanSubject): string | undefined {
  if (manifestDigest === undefined || !isDigest(manifestDigest)) return undefined;
  try {
    return imagePurl({ name, manifestDigest, platform: parsePlatform(platform ?? "linux/amd64") });
  } catch (error) {
    // An SBOM may name a platform that is none.
    if (isDistillError(error)) return undefined;
    throw error;
  }
}

/** Digests that name the image. */
export function digestsOf({ imageID, manifestDigest }: ScanSubject): readonly string[] {
  return [imageID, manifestDigest].filter((digest) => digest !== undefined);
}

/**
 * Whether a package URL of type oci is about the image. Its digest decides, where it has one; else the name, and repository,
 * tag and architecture where it has them.
 */
export function isImage(wanted: ParsedPurl, subject: ScanSubject): boolean {
  if (wanted.type !== "oci") return false;
  if (wanted.version !== "") return digestsOf(subject).includes(wanted.version);
  const own = subjectPurl(subject);
  const found = own === undefined ? undefined : parsePurl(own);
  if (found === undefined || found.name.toLowerCase() !== wanted.name.toLowerCase()) return false;
  const repository = wanted.qualifiers.get("repository_url");
  return (
    (repository === undefined || isRepository(repository, found)) &&
    ["tag", "arch"].every(
      (key) => !wanted.qualifiers.has(key) || wanted.qualifiers.get(key) === found.qualifiers.get(key),
    )
  );
}

/** The examples of purl-spec have the image's name in it; some producers leave it out. */
function isRepository(wanted: string, { qualifiers, name }: ParsedPurl): boolean {
  const own = qualifiers.get("repository_url");
  return own !== undefined && (own === wanted || own === `${wanted.replace(/\/$/, "")}/${name}`);
}
