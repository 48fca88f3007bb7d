import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { unlessMirror } from "../support/mirror.ts";
import { PackageSoak } from "../support/package-soak.ts";
import { unlessTools } from "../support/tools.ts";

/** A few of the packages that `npm run soak -- --packages 200` takes, and none with much behind it. */
const COUNT = 3;
const MUCH = 20_000_000;

const skip = unlessTools("dpkg-deb", "tar", "apt-get") || (await unlessMirror());

describe("packages of Debian's on base, with their dependencies", { skip }, () => {
  const directory = mkdtempSync(join(tmpdir(), "distill-random-"));
  const soak = new PackageSoak(directory, 3, MUCH);
  after(() => rmSync(directory, { recursive: true, force: true }));

  it(`chosen at random, ${COUNT} of them, are sound, or refused for a reason that is true`, async () => {
    await soak.run(COUNT);
    assert.deepEqual(
      soak.verdicts.filter(({ outcome }) => outcome === "unsound"),
      [],
      soak.describe(),
    );
  });

  it("whose development links lead to libraries that no program needs bring these libraries along", async () => {
    assert.deepEqual(await soak.judge("libgumbo-dev"), { name: "libgumbo-dev", outcome: "sound", problems: [] });
  });

  it("that other packages have files of are refused by the name of the file", async () => {
    const { outcome, code, message } = await soak.judge("binutils-multiarch");
    assert.deepEqual([outcome, code], ["refused", "FILE_CONFLICT"]);
    assert.match(message ?? "", /binutils-x86-64-linux-gnu .* is also in binutils-multiarch /);
  });
});
