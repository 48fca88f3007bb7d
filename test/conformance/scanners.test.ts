import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { CATALOGUE, type CatalogueImage, type ComposeReport, Kitchen, titleOf } from "../support/catalogue.ts";
import { mustDistill } from "../support/cli.ts";
import { unlessMirror } from "../support/mirror.ts";
import { type ScannedPackage, snykPackages, trivyPackages, unlessScanners } from "../support/scanners.ts";
import { IS_SHARE, isInShare } from "../support/share.ts";

const image = (base: string, ...flags: readonly string[]): CatalogueImage => {
  return { base, suite: "trixie", architecture: "amd64", flags };
};

/** Variants, which scanners see as well: with what was asked for beside a base, with busybox, for another user. */
const VARIANTS: readonly CatalogueImage[] = [
  image("python3", "--package", "python3-flask"),
  image("base", "--debug"),
  image("static", "--user", "root"),
];

/** Of Java's runtimes one: they differ in one package. */
const isAnother = ({ base }: CatalogueImage): boolean => !/^java(?:17|25)$/.test(base);

/** Of other machines one image: nothing in it is run. */
const SCANNED = [
  ...CATALOGUE.filter(({ architecture, base }) => architecture === "amd64" || base === "cc").filter(isAnother),
  ...VARIANTS,
];

/** Trivy takes seconds to start: of the older suites it is asked for the largest images only, in CI for two. */
const BY_TRIVY = SCANNED.filter(({ suite, base }) =>
  suite === "trixie" ? base !== "base-nossl" : /^python/.test(base),
).filter(({ suite, base }) => !IS_SHARE || (suite === "trixie" && /^(?:static|python3)$/.test(base)));

const skip = unlessScanners() || (await unlessMirror());

describe("scanners list exactly the packages that distill says are in the image", { skip }, () => {
  const kitchen = new Kitchen();
  after(() => kitchen.close());

  for (const image of BY_TRIVY) {
    it(`Trivy, in ${titleOf(image)}`, async () => {
      const { packages } = await kitchen.compose(image);
      const found = await trivyPackages(kitchen.archive(image), kitchen.home);
      const expected = packages.map(({ name, version, source }) => {
        return { name, version, source: source.name, sourceVersion: source.version };
      });
      assert.deepEqual(sorted(found), sorted(expected));
    });
  }

  for (const [index, image] of SCANNED.entries()) {
    if (!isInShare(index, 3)) continue;
    it(`Snyk, in ${titleOf(image)}`, async () => {
      const { packages } = await kitchen.compose(image);
      const found = await snykPackages(`docker-archive:${kitchen.archive(image)}`);
      const expected = packages.map(({ name, version, source }) => {
        return { name, version, source: source.name, sourceVersion: undefined };
      });
      assert.deepEqual(sorted(found), sorted(expected));
    });
  }

  it("both, in layers packed with zstd", async () => {
    const [layout, archive] = [join(kitchen.home, "zstd"), join(kitchen.home, "zstd.tar")];
    const outputs = ["-o", `oci:${layout}`, "-o", `oci-archive:${archive}`, "--format", "json"];
    const run = await mustDistill(["compose", "cc", "--compression", "zstd", ...outputs], { env: kitchen.environment });
    const { packages } = JSON.parse(run.stdout) as ComposeReport;
    const expected = packages.map(({ name }) => name).sort();
    const names = (found: readonly ScannedPackage[]) => found.map(({ name }) => name).sort();
    assert.deepEqual(names(await trivyPackages(layout, kitchen.home)), expected);
    assert.deepEqual(names(await snykPackages(`oci-archive:${archive}`)), expected);
  });
});

function sorted(packages: readonly ScannedPackage[]): readonly ScannedPackage[] {
  return packages.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
