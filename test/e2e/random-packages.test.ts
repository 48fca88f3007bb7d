import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { temporaryDirectory } from "../support/directories.ts";
import { unlessMirror } from "../support/mirror.ts";
import { PackageSoak } from "../support/package-soak.ts";
import { unlessTools } from "../support/tools.ts";

/** A few of the packages that `npm run soak -- --packages 200` takes. */
const COUNT = 4;

const skip = unlessTools("dpkg-deb", "tar", "apt-get") || (await unlessMirror());

describe("packages of Debian's, chosen at random, on base", { skip }, () => {
  it(`are sound with their dependencies, or refused for a reason that is true: ${COUNT} of them`, async (test) => {
    const soak = new PackageSoak(temporaryDirectory(test), 3);
    await soak.run(COUNT);
    assert.deepEqual(
      soak.verdicts.filter(({ outcome }) => outcome === "unsound"),
      [],
      soak.describe(),
    );
  });

  it("whose development links lead to libraries that no program needs bring these libraries along", async (test) => {
    const soak = new PackageSoak(temporaryDirectory(test), 1);
    assert.deepEqual(await soak.judge("libgumbo-dev"), { name: "libgumbo-dev", outcome: "sound", problems: [] });
  });
});
