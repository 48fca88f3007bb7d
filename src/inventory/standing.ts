import type { Digest } from "../lib/digest.ts";
import type { RootPath } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import type { Claim } from "./claim.ts";
import type { LayerEvidence } from "./evidence.ts";
import { FilePlaces } from "./file-places.ts";

/** A claim whose record is still there in the whole image. */
export interface StandingClaim<Of extends Claim = Claim> {
  /** Where its record really lies. */
  readonly record: RootPath;
  /** Number of the layer that the record is of, from below. */
  readonly layer: number;
  readonly claim: Of;
}

export interface LayerOfImage {
  readonly diffID: Digest;
  readonly evidence: LayerEvidence;
}

/**
 * The claims of all layers whose records no later layer removed or replaced, from the lowest layer up. Files of `tree` have the
 * diffID of their layer as owner (`LayerFiles`, `flattenImage`).
 */
export function standingClaims(tree: Tree, layers: readonly LayerOfImage[]): readonly StandingClaim[] {
  const standing: StandingClaim[] = [];
  const places = new FilePlaces(tree);
  // Of the same layer twice, the upper one is what is seen.
  const seen = new Map(layers.map(({ diffID }, index) => [diffID, index]));
  for (const [diffID, layer] of [...seen].sort(([, a], [, b]) => a - b)) {
    for (const { path, claims } of layers[layer]?.evidence.records ?? []) {
      // A link in its place is another file.
      const found = places.find(path);
      if (found?.node.type !== "file") continue;
      const { owner } = found.node.attributes;
      if (owner.kind !== "base" || owner.digest !== diffID) continue;
      for (const claim of claims) standing.push({ record: found.path, layer, claim });
    }
  }
  return standing;
}

/** Those of one kind. */
export function claimsOfKind<Kind extends Claim["kind"]>(
  claims: readonly StandingClaim[],
  kind: Kind,
): readonly StandingClaim<Extract<Claim, { kind: Kind }>>[] {
  return claims.filter(({ claim }) => claim.kind === kind) as never;
}
