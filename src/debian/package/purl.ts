import type { BinaryPackage } from "./package.ts";

/**
 * The package URL of a Debian package (purl-spec, type deb): `pkg:deb/debian/NAME@VERSION?arch=ARCH`, with every
 * character percent-encoded that purl-spec reserves.
 */
export function debPurl(of: Pick<BinaryPackage, "name" | "version" | "architecture">): string {
  return `pkg:deb/debian/${encodeURIComponent(of.name)}@${encodeURIComponent(of.version)}?arch=${of.architecture}`;
}
