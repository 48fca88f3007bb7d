import type { SystemClaim } from "../claim.ts";
import type { ParsedPurl } from "../parse-purl.ts";

/** The system that a document names; what it does not say is "". */
export function systemClaim(told: Pick<SystemClaim, "id"> & Partial<SystemClaim>): SystemClaim {
  return { kind: "system", idLike: [], versionID: "", codename: "", name: "", ...told };
}

/** The system that package URLs speak of (`pkg:deb/debian/x?distro=debian-12`), for documents that have no element for it. */
export function systemOfPurls(purls: readonly ParsedPurl[]): SystemClaim | undefined {
  const counted = new Map<string, number>();
  for (const { type, qualifiers } of purls) {
    const distro = qualifiers.get("distro");
    if (distro !== undefined && (type === "deb" || type === "apk" || type === "rpm")) {
      counted.set(distro, (counted.get(distro) ?? 0) + 1);
    }
  }
  const [first] = [...counted].sort(([a, often], [b, rarely]) => rarely - often || (a < b ? -1 : 1));
  if (first === undefined) return undefined;
  const [distro] = first;
  const dash = distro.lastIndexOf("-");
  return dash <= 0
    ? systemClaim({ id: distro })
    : systemClaim({ id: distro.slice(0, dash), versionID: distro.slice(dash + 1) });
}
