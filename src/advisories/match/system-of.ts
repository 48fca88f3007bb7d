import { parsePurl } from "../../inventory/parse-purl.ts";

/** The system that a package of a system is of, as far as its package URL tells. */
export interface PackageOrigin {
  /** As os-release(5) has it, `debian`; "" where it is not known. */
  readonly id: string;
  /** `13`, `3.20.3`, `22.04`, or a codename; "" where it is not known. */
  readonly version: string;
}

const UNKNOWN: PackageOrigin = { id: "", version: "" };

/**
 * Of `pkg:deb/debian/bash@5.2?distro=debian-13`. The namespace says which system, and `distro` which release; in the URLs of
 * others `distro` may say both where there is no namespace, or no more than a codename (`distro=bookworm`).
 */
export function systemOf(purl: string): PackageOrigin {
  const parsed = parsePurl(purl);
  if (parsed === undefined) return UNKNOWN;
  const distro = (parsed.qualifiers.get("distro") ?? "").toLowerCase();
  const id = parsed.namespace[0]?.toLowerCase() ?? /^([a-z_]+)-/.exec(distro)?.[1] ?? "";
  return { id, version: distro.startsWith(`${id}-`) ? distro.slice(id.length + 1) : distro };
}
