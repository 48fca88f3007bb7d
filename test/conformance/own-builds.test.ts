import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { withWorkspace } from "../../src/app/workspace.ts";
import { DistillError } from "../../src/lib/errors.ts";
import { storeBase, unlessBase, writeBase } from "../support/busybox-base.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { buildOwn, layerLines, writeOwnContext } from "../support/own-builds.ts";
import { isInShare } from "../support/share.ts";
import { OWN_BUILDS } from "./own-builds/all.ts";

describe("builds of our own come to what BuildKit's rules say", { skip: unlessBase() }, () => {
  const directory = makeTemporaryDirectory();
  const home = process.env.DISTILL_HOME;
  const agent = join(directory.path, "agent");
  const server = createServer();

  before(async () => {
    process.env.DISTILL_HOME = join(directory.path, "home");
    const base = join(directory.path, "base");
    mkdirSync(base);
    await storeBase(await writeBase(base), "busybox", process.env.DISTILL_HOME);
    await new Promise<void>((resolve) => server.listen(agent, resolve));
  });
  after(() => {
    server.close();
    process.env.DISTILL_HOME = home;
    if (home === undefined) delete process.env.DISTILL_HOME;
    directory.remove();
  });

  for (const [index, build] of OWN_BUILDS.entries()) {
    if (!isInShare(index, 3)) continue;
    test(build.name, async () => {
      const at = join(directory.path, String(index));
      for (const [name, dockerfile] of Object.entries(build.parents ?? {})) {
        const parent = { name, dockerfile };
        writeOwnContext(join(at, name), parent);
        await buildOwn(join(at, name), parent, { tags: [name] });
      }
      writeOwnContext(at, build);
      const wishes = build.agent ? { agent } : {};
      if (build.fails !== undefined) {
        const [code, message] = build.fails;
        await assert.rejects(buildOwn(at, build, wishes), (error) => {
          assert.ok(error instanceof DistillError, String(error));
          assert.equal(error.code, code);
          assert.match(error.message, message);
          return true;
        });
        return;
      }
      const digest = await buildOwn(at, build, wishes);
      await withWorkspace(async ({ store }) => {
        const { layers } = store.image(digest) ?? assert.fail();
        const own = await Promise.all(layers.slice(1).map(layerLines));
        assert.deepEqual(own, build.layers);
      });
    });
  }
});
