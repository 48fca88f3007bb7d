import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { temporaryDirectory } from "../support/directories.ts";
import { dockerfileBuilds } from "../support/dockerfile-builds.ts";
import { SmallArchive, smallSuite } from "../support/small-archive.ts";
import { Soak, smallCompositions } from "../support/soak.ts";

/** A few rounds of what `npm run soak` does for longer. */
describe("a store whose builds are killed", () => {
  let archive: SmallArchive;

  before(async () => {
    archive = await SmallArchive.open(smallSuite({ xz: true }));
  });

  after(() => archive.close());

  it("verifies after each of 3 kills", async (test) => {
    const soak = new Soak(temporaryDirectory(test), smallCompositions(archive), 3);
    while (soak.figures.kills < 3) await soak.kill();
    assert.deepEqual(soak.figures.problems, [], soak.describe());
  });

  for (const count of [2, 3] as const) {
    const what = count === 2 ? "two builds at once" : "two builds at once beside a third that is killed";
    it(`makes the same images in ${what}`, async (test) => {
      const soak = new Soak(temporaryDirectory(test), smallCompositions(archive), 4);
      await soak.crowd(count);
      assert.deepEqual(soak.figures.problems, [], soak.describe());
    });
  }
});

describe("a store whose builds of a Dockerfile are killed", () => {
  it("verifies after each of 3 kills, and the next build is right", async (test) => {
    const directory = temporaryDirectory(test);
    const soak = new Soak(join(directory, "state"), dockerfileBuilds(join(directory, "context")), 5);
    while (soak.figures.kills < 3) await soak.kill();
    await soak.crowd(3);
    assert.deepEqual(soak.figures.problems, [], soak.describe());
  });
});
