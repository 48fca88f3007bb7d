import type { Sbom } from "../inventory/documents/sbom.ts";
import type { PackageLocation } from "../inventory/found-package.ts";
import type { InventorySummary, LayerShare } from "../inventory/inventory.ts";
import type { PackageToScan } from "./match-packages.ts";
import type { ScanLayer, ScanLocation } from "./report.ts";

/** The packages of an image that was looked into. */
export function packagesOfImage({ packages, layers }: InventorySummary): readonly PackageToScan[] {
  const told = layers.map(scanLayer);
  return packages.map(({ facts, purl, locations, carriedFrom, parts }) => ({
    ...{ facts, purl, carriedFrom },
    locations: locations.map((each) => locationIn(each, told)),
    parts: parts.map((part) => part.purl),
  }));
}

function scanLayer({ diffID, story }: LayerShare, index: number): ScanLayer {
  return { number: index + 1, diffID, instruction: story.text, stage: story.stage, line: story.line };
}

function locationIn({ record, layer, inside }: PackageLocation, told: readonly ScanLayer[]): ScanLocation {
  return { path: record, inside, layer: told[layer] };
}

/** The packages that a document of any producer's has. */
export function packagesOfSbom({ packages }: Sbom): readonly PackageToScan[] {
  return packages.map(({ facts, purl, locations, sourceUntold }) => ({
    ...{ facts, purl, carriedFrom: undefined, parts: [] },
    ...(sourceUntold === true ? { sourceUntold } : {}),
    locations: locations.map(({ path, layer, inside }) => ({
      ...{ path, inside },
      layer:
        layer === undefined
          ? undefined
          : { number: undefined, diffID: layer, instruction: "", stage: undefined, line: undefined },
    })),
  }));
}
