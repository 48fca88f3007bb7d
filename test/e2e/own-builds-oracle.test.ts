import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { OWN_BUILDS } from "../conformance/own-builds/all.ts";
import type { OwnBuild } from "../conformance/own-builds/own-build.ts";
import { storeBase, unlessBase, writeBase } from "../support/busybox-base.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { unlessEngine } from "../support/engine.ts";
import { exportedTree, treeDifference } from "../support/exported-tree.ts";
import { writeOwnContext } from "../support/own-builds.ts";
import { isInShare } from "../support/share.ts";
import { TwoBuilders, told } from "../support/two-builders.ts";

/** One in so many is asked for, in CI of these one in two; the soak asks for all. */
const SHARE = process.env.DISTILL_TEST_SHARE === "all" ? 1 : 12;

/**
 * What our own cases expect is derived from BuildKit's rules. Here docker's BuildKit is asked whether the trees that they come to
 * are those that it makes: but for cases that say why it is not.
 */
describe("docker's BuildKit makes the same of our own builds", { skip: unlessEngine() || unlessBase() }, () => {
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

  const asked = OWN_BUILDS.filter(({ notAsked, agent }) => notAsked === undefined && !agent);
  for (const [index, build] of asked.entries()) {
    if (index % SHARE !== 0 || !isInShare(index / SHARE, 2)) continue;
    test(build.name, async () => {
      const at = join(directory.path, String(index));
      for (const [name, dockerfile] of Object.entries(build.parents ?? {})) {
        const parent = writeOwnContext(join(at, name), { name, dockerfile });
        const own = await builders.distill([
          "build",
          "--timestamps",
          "keep",
          "--network",
          "none",
          "-q",
          "-t",
          name,
          parent,
        ]);
        assert.equal(own.status, 0, own.stderr);
        const docker = await builders.docker(["build", "--network", "none", "-q", "-t", name, parent]);
        assert.equal(docker.status, 0, docker.stderr);
      }
      const context = writeOwnContext(at, build);
      const both = await builders.build(context, flagsOf(at, build));
      const said = told(context, both);
      assert.equal(both.docker.status === 0, build.fails === undefined, said);
      assert.equal(both.distill.status === 0, build.fails === undefined, said);
      if (build.fails === undefined) {
        const [theirs, ours] = await Promise.all([both.theirs, both.ours].map((tar) => exportedTree(tar, { now })));
        assert.deepEqual(treeDifference(theirs ?? new Map(), ours ?? new Map()), [], said);
      }
      for (const path of [context, both.theirs, both.ours]) rmSync(path, { recursive: true, force: true });
    });
  }
});

function flagsOf(at: string, { network = "none", secrets = {}, buildArgs = [], target }: OwnBuild): readonly string[] {
  return [
    ...["--network", network],
    ...Object.keys(secrets).flatMap((id) => ["--secret", `id=${id},src=${join(at, `secret-${id}`)}`]),
    ...buildArgs.flatMap((each) => ["--build-arg", each]),
    ...(target === undefined ? [] : ["--target", target]),
  ];
}
