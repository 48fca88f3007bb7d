import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { mustDistill } from "../support/cli.ts";
import { temporaryDirectory } from "../support/directories.ts";
import { Engine, unlessEngine } from "../support/engine.ts";

const EXAMPLE = resolve(import.meta.dirname, "../../examples/static-site");
const PAGE = "http://127.0.0.1:8080/";

describe("the static site, a Dockerfile on two composed images", () => {
  test("is built with an empty home, both images at once, and the second time from the cache", async (t) => {
    const env = { DISTILL_HOME: join(temporaryDirectory(t), "home") };
    const build = ["build", EXAMPLE, "--compose", "-t", "site", "--progress", "plain"];
    const first = await mustDistill(build, { env });
    assert.match(first.stderr, /static-debian13:nonroot is composed from Debian trixie, not pulled/);
    assert.match(first.stderr, /^site: 3\.\d MB uncompressed, 6 packages, \d+ files, 3 layers$/m);
    const second = await mustDistill(build, { env });
    assert.equal(second.stdout, first.stdout);
    assert.match(second.stderr, /\[stage-1 3\/3\] COPY site \/srv\n#\d+ CACHED/);
  });

  test("serves what was copied in an engine, and nothing that was left out", { skip: unlessEngine() }, async (t) => {
    const engine = await Engine.start();
    try {
      const env = { DISTILL_HOME: join(temporaryDirectory(t), "home"), DOCKER_HOST: engine.host };
      await mustDistill(["build", EXAMPLE, "--compose", "-t", "site", "--load", "-q"], { env });
      const id = (await engine.mustDocker("run", "-d", "--network", "host", "--read-only", "site")).trim();
      assert.match(await (await eventually(PAGE)).text(), /It works/);
      assert.equal((await fetch(`${PAGE}next.draft.html`)).status, 404);
      assert.match(await engine.mustDocker("top", id, "-eo", "pid,uid,args"), /65532\s+\/usr\/bin\/httpd/);
      await engine.docker("rm", "-f", id);
    } finally {
      await engine.stop();
    }
  });
});

async function eventually(url: string): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await fetch(url);
    } catch (error) {
      if (attempt === 50) throw error;
      await sleep(100);
    }
  }
}
