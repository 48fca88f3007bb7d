import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { storeBase, unlessBase, writeBase } from "../support/busybox-base.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { unlessEngine } from "../support/engine.ts";
import { exportedTree, treeDifference } from "../support/exported-tree.ts";
import { dateAll, Random, writeRandomContext } from "../support/random-dockerfile.ts";
import { randomProgramDockerfile } from "../support/random-program.ts";
import { TwoBuilders, told } from "../support/two-builders.ts";

/** How many Dockerfiles; the soak's number is set from outside. */
const BUILDS = Number(process.env.DISTILL_TEST_BUILDS ?? "6");
const SEED = Number(process.env.DISTILL_TEST_SEED ?? "20261126");

/** Dockerfiles whose programs change files at random, given to docker's BuildKit and to distill: the root file systems are the same. */
describe("random programs leave what they leave under docker's BuildKit", {
  skip: unlessEngine() || unlessBase(),
}, () => {
  const directory = makeTemporaryDirectory();
  /** Seconds: what is later was made by one of the two. */
  const now = Math.floor(Date.now() / 1000);
  let builders: TwoBuilders;

  before(async () => {
    builders = await TwoBuilders.start(directory.path);
    const base = join(directory.path, "base");
    mkdirSync(base);
    await storeBase(await writeBase(base), "busybox", builders.home);
    await builders.share("busybox");
  });
  after(async () => {
    await builders?.stop();
    directory.remove();
  });

  for (let index = 0; index < BUILDS; index++) {
    const seed = SEED + index;
    test(`seed ${seed}`, async () => {
      const context = join(directory.path, String(seed));
      mkdirSync(context);
      const random = new Random(seed);
      writeRandomContext(context, random);
      writeFileSync(join(context, "Dockerfile"), randomProgramDockerfile(random));
      dateAll(context);
      const both = await builders.build(context, ["--network", "none"]);
      const said = told(context, both);
      assert.equal(both.distill.status === 0, both.docker.status === 0, said);
      if (both.distill.status !== 0) return;
      const [theirs, ours] = await Promise.all([both.theirs, both.ours].map((tar) => exportedTree(tar, { now })));
      assert.deepEqual(treeDifference(theirs ?? new Map(), ours ?? new Map()), [], said);
      for (const path of [context, both.theirs, both.ours]) rmSync(path, { recursive: true });
    });
  }
});
