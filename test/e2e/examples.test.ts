import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { mustDistill } from "../support/cli.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { Engine, unlessEngine } from "../support/engine.ts";
import { IS_SHARE, isInShare } from "../support/share.ts";
import { unlessTools } from "../support/tools.ts";
import { serveWheels } from "../support/wheel-index.ts";

/** What flask and gunicorn need, and the modules of each. */
const WHEELS = {
  ...{ flask: ["flask"], werkzeug: ["werkzeug"], jinja2: ["jinja2"], markupsafe: ["markupsafe"], click: ["click"] },
  ...{ itsdangerous: ["itsdangerous"], blinker: ["blinker"], gunicorn: ["gunicorn"], packaging: ["packaging"] },
};

const EXAMPLES = resolve(import.meta.dirname, "../../examples");

/** Each is built with an empty store, without any registry, and has to answer in an engine. */
describe("the examples with RUN", { skip: unlessEngine() || unlessTools("python3") }, () => {
  const directory = makeTemporaryDirectory();
  const env: Record<string, string> = { DISTILL_HOME: join(directory.path, "home") };
  let engine: Engine;

  before(async () => {
    engine = await Engine.start();
    env.DOCKER_HOST = engine.host;
  });
  after(async () => {
    await engine.stop();
    directory.remove();
  });

  async function build(name: string, ...args: readonly string[]): Promise<string> {
    const { stderr } = await mustDistill(["build", join(EXAMPLES, name), ...args, "--load"], { env });
    return stderr;
  }

  for (const [index, [file, shows]] of (
    [
      ["Dockerfile", "Distroless"],
      ["Dockerfile.slim", "Debian GNU/Linux 13"],
    ] as const
  ).entries()) {
    if (!isInShare(index, 2)) continue;
    test(`flask/${file} serves its page`, async () => {
      await build("flask", "-f", join(EXAMPLES, "flask", file), "-t", "flask");
      const port = String(20_000 + (process.pid % 20_000));
      const command = file === "Dockerfile" ? ["-m", "gunicorn"] : ["gunicorn"];
      const run = ["run", "-d", "--network", "host", "--read-only", "--tmpfs", "/tmp", "flask"];
      const id = (await engine.mustDocker(...run, ...command, `--bind=127.0.0.1:${port}`, "app:app")).trim();
      try {
        const page = await answerOf(`http://127.0.0.1:${port}/`);
        assert.match(page, /Hello from Flask/);
        assert.ok(page.includes(shows), page);
      } finally {
        await engine.docker("rm", "-f", id);
      }
    });
  }

  const all = IS_SHARE ? () => {} : test;
  all("flask-pip serves what pip took from the index that it was told of", async () => {
    const modules = join(directory.path, "modules");
    const context = join(directory.path, "empty");
    mkdirSync(context);
    const dockerfile = join(context, "Dockerfile");
    const install = "apt-get update && apt-get install -y --no-install-recommends python3-flask gunicorn";
    writeFileSync(
      dockerfile,
      `FROM debian:trixie AS a\nRUN ${install}\nFROM scratch\nCOPY --from=a /usr/lib/python3/dist-packages /\n`,
    );
    await mustDistill(["build", context, "--compose", "-o", modules], { env });
    const index = await serveWheels(modules, WHEELS, directory.path);
    try {
      await build("flask-pip", "--build-arg", `INDEX=${index.url}`, "-t", "flask-pip");
    } finally {
      index.close();
    }
    const said = await engine.mustDocker(
      ...["run", "--rm", "--network", "none", "--entrypoint", "/usr/bin/python3", "flask-pip", "-c"],
      "import app, flask; print(flask.__file__, app.app.test_client().get('/healthz').text)",
    );
    assert.match(said, /^\/app\/lib\/flask\/__init__\.py ok$/m);
  });

  test("href-counter counts the links of a page", async () => {
    const notes = await build("href-counter", "-t", "href-counter");
    assert.match(notes, /golang:1/);
    const page = '<a href="/a">a</a> <a class=x href="b">b</a> <a href="https://example.com/">c</a>';
    const server = createServer((_, response) => response.end(page));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    try {
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const said = await engine.mustDocker("run", "--rm", "--network", "host", "href-counter", address);
      assert.equal(said.trim(), `${address}: 2 internal, 1 external`);
    } finally {
      server.close();
    }
  });
});

async function answerOf(url: string): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await (await fetch(url)).text();
    } catch (error) {
      if (attempt === 150) throw error;
      await sleep(200);
    }
  }
}
