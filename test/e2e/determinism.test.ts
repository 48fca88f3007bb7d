import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { TestArchive } from "../support/archive.ts";
import type { CliOptions } from "../support/cli.ts";
import { MAIN, NODE } from "../support/cli.ts";
import { Scene } from "../support/scene.ts";
import { removeApp, smallSuite, writeApp } from "../support/small-archive.ts";
import { unlessTools } from "../support/tools.ts";

/** An ordinary user: nobody. */
const USER = 65534;

/** Sets the umask of what it is handed. */
const PRIVATE = ["sh", "-c", 'umask 077; exec "$@"', "sh"];

/** Hands over to an ordinary user. */
const ORDINARY = ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--clear-groups"];

function unlessOrdinaryUser(): false | string {
  const missing = unlessTools("setpriv");
  if (missing !== false) return missing;
  if (process.getuid?.() !== 0) return "needs root to become an ordinary user";
  const [file = "", ...args] = [...ORDINARY, NODE, "--eval", `require("fs").accessSync(${JSON.stringify(MAIN)})`];
  return spawnSync(file, args).status === 0 ? false : "needs a checkout that ordinary users can read";
}

describe("the manifest digest", { concurrency: 2 }, () => {
  let archive: TestArchive;
  let app: string;
  let expected: string;
  let expectedArchive: Buffer;

  before(async () => {
    archive = await TestArchive.create([smallSuite({ xz: true })]);
    app = await writeApp();
    for (const directory of [archive.directory, app]) chmodSync(directory, 0o755);
  });

  after(async () => {
    await archive.remove();
    await removeApp(app);
  });

  /** What a build in an empty home gives, as digest and as archive. */
  async function build(scene: Scene, options: CliOptions = {}, directory = app): Promise<[string, Buffer]> {
    const output = join(scene.directory, "x.tar");
    const { stdout } = await scene.must(["build", directory, "-t", "x", "-o", `docker-archive:${output}`], options);
    return [stdout, readFileSync(output)];
  }

  async function same(test: TestContext, options: CliOptions, directory = app): Promise<void> {
    const scene = await Scene.open(test, archive);
    assert.deepEqual(await build(scene, options, directory), [expected, expectedArchive]);
  }

  it("is the same again, and again without a store", { concurrency: false }, async (test) => {
    const scene = await Scene.open(test, archive);
    [expected, expectedArchive] = await build(scene);
    assert.match(expected, /^sha256:[0-9a-f]{64}\n$/);
    assert.deepEqual(await build(scene), [expected, expectedArchive]);
    execFileSync("rm", ["-r", join(scene.home, "store")]);
    assert.deepEqual(await build(scene, {}), [expected, expectedArchive]);
    assert.equal((await scene.must(["build", app, "--offline", "--refresh"])).stdout, expected);
  });

  it("does not depend on the directory, on its times or on modes that mean nothing", async (test) => {
    const scene = await Scene.open(test, archive);
    const copy = join(scene.directory, "a rather long name of a directory, with blanks");
    execFileSync("cp", ["-r", app, copy]);
    execFileSync("chmod", ["-R", "go-rwx", copy]);
    execFileSync("find", [copy, "-exec", "touch", "-d", "2001-02-03", "{}", "+"]);
    assert.deepEqual(await build(scene, {}, copy), [expected, expectedArchive]);
    assert.equal((await scene.must(["build", "."], { cwd: copy })).stdout, expected);
  });

  it("does not depend on the umask", (test) => same(test, { through: PRIVATE }));

  it("does not depend on the user", { skip: unlessOrdinaryUser() }, async (test) => {
    const scene = await Scene.open(test, archive);
    mkdirSync(scene.home);
    for (const path of [join(scene.home, ".."), scene.home, scene.directory]) chownSync(path, USER, USER);
    const made = await build(scene, { through: ORDINARY });
    assert.deepEqual(made, [expected, expectedArchive]);
    assert.equal((await scene.must(["verify"], { through: ORDINARY })).stdout, "the store is whole\n");
  });

  for (const workers of [1, 2, 7]) {
    it(`does not depend on ${workers} worker${workers === 1 ? "" : "s"}`, (test) =>
      same(test, { env: { DISTILL_WORKERS: String(workers) } }));
  }

  for (const size of [1, 4]) {
    it(`does not depend on a thread pool of ${size}`, (test) =>
      same(test, { env: { UV_THREADPOOL_SIZE: String(size) } }));
  }

  it("does not depend on time zone, language and terminal", (test) => {
    const env = { TZ: "Asia/Kathmandu", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8", FORCE_COLOR: "1", COLUMNS: "20" };
    return same(test, { env });
  });

  for (const xz of ["wasm", "system"]) {
    it(`does not depend on the xz decoder: ${xz}`, { skip: xz === "system" && unlessTools("xz") }, (test) =>
      same(test, { env: { DISTILL_XZ: xz } }),
    );
  }

  it("does not depend on the order in which packages arrive", async (test) => {
    const scene = await Scene.open(test, archive);
    for (const name of ["base-files_", "demo-data_"])
      scene.server.fault(name, { kind: "status", status: 503, times: 1 });
    scene.server.fault("tzdata_", { kind: "cut", after: 300, times: 1 });
    assert.deepEqual(await build(scene), [expected, expectedArchive]);
  });

  it("depends on SOURCE_DATE_EPOCH, which every entry carries", async (test) => {
    const scene = await Scene.open(test, archive);
    const env = { SOURCE_DATE_EPOCH: "1000000000" };
    const [digest] = await build(scene, { env });
    assert.notEqual(digest, expected);
    assert.equal((await build(scene))[0], expected);
    assert.equal((await build(scene, { env }))[0], digest);
  });
});
