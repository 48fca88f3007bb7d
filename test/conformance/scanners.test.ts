import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { CATALOGUE, type CatalogueImage, Kitchen, titleOf } from "../support/catalogue.ts";
import { unlessMirror } from "../support/mirror.ts";
import { type ScannedPackage, snykPackages, trivyPackages, unlessScanners } from "../support/scanners.ts";

/** Beside the catalogue: what was asked for beside a base is seen as well, and so are variants. */
const FURTHER: readonly CatalogueImage[] = [
  { base: "python3", suite: "trixie", architecture: "amd64", flags: ["--package", "python3-flask"] },
];

/** Every base once on each suite; for other machines the smallest one tells that a scanner is not led astray. */
const SCANNED = [
  ...CATALOGUE.filter(({ architecture, base }) => architecture === "amd64" || base === "base"),
  ...FURTHER,
];

const skip = unlessScanners() || (await unlessMirror());

describe("scanners list exactly the packages that distill says are in the image", { skip }, () => {
  const kitchen = new Kitchen();
  after(() => kitchen.close());

  for (const image of SCANNED) {
    it(`Trivy, in ${titleOf(image)}`, async () => {
      const { packages } = await kitchen.compose(image);
      const found = await trivyPackages(kitchen.archive(image), kitchen.home);
      const expected = packages.map(({ name, version, source }) => {
        return { name, version, source: source.name, sourceVersion: source.version };
      });
      assert.deepEqual(sorted(found), sorted(expected));
    });

    it(`Snyk, in ${titleOf(image)}`, async () => {
      const { packages } = await kitchen.compose(image);
      const found = await snykPackages(kitchen.archive(image));
      const expected = packages.map(({ name, version, source }) => {
        return { name, version, source: source.name, sourceVersion: undefined };
      });
      assert.deepEqual(sorted(found), sorted(expected));
    });
  }
});

function sorted(packages: readonly ScannedPackage[]): readonly ScannedPackage[] {
  return packages.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
