import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { unlessUserWithRanges, userWithRanges } from "../support/become-user.ts";
import { temporaryDirectory } from "../support/directories.ts";
import { runBuilds } from "../support/run-builds.ts";
import { unlessRun } from "../support/run-scene.ts";
import { Soak } from "../support/soak.ts";

/** A few rounds of what `npm run soak -- --run-kills 100` does for longer. */
describe("builds in which programs run, killed", { skip: unlessRun() }, () => {
  const leavesNothing = async (test: TestContext, kills: number, user: number): Promise<void> => {
    const directory = temporaryDirectory(test);
    const soak = new Soak(directory, await runBuilds(directory, "auto", user), 7);
    while (soak.figures.kills < kills) await soak.kill();
    await soak.crowd(2);
    assert.deepEqual(soak.figures.problems, [], soak.describe());
  };

  it("leave nothing after each of 5 kills, and the next build is right", (test) => leavesNothing(test, 5, 0));

  const ordinary = { skip: unlessUserWithRanges() };
  it("leave nothing of an ordinary user's either", ordinary, (test) => leavesNothing(test, 3, userWithRanges() ?? 0));
});
