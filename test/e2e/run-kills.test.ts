import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { temporaryDirectory } from "../support/directories.ts";
import { runBuilds } from "../support/run-builds.ts";
import { unlessRun } from "../support/run-scene.ts";
import { Soak } from "../support/soak.ts";

/** A few rounds of what `npm run soak -- --run-kills 100` does for longer. */
describe("builds in which programs run, killed", { skip: unlessRun() }, () => {
  it("leave nothing after each of 5 kills, and the next build is right", async (test) => {
    const directory = temporaryDirectory(test);
    const soak = new Soak(directory, await runBuilds(directory), 7);
    while (soak.figures.kills < 5) await soak.kill();
    assert.deepEqual(soak.figures.problems, [], soak.describe());
  });
});
