import type { PackageClaim } from "../../claim.ts";

/** A package that no ecosystem's records speak of, in these places. */
export function genericClaim(
  name: string,
  version: string,
  places: { readonly files?: readonly string[]; readonly directories?: readonly string[] },
): PackageClaim {
  const { files = [], directories = [] } = places;
  return {
    kind: "package",
    package: { type: "generic", name, version, architecture: "", source: undefined, licenses: [], dependencies: [] },
    files,
    directories,
  };
}
