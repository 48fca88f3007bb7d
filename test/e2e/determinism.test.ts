import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { digestOf } from "../../src/lib/digest.ts";
import { TestArchive } from "../support/archive.ts";
import { type CliOptions, mustDistill } from "../support/cli.ts";
import { FaultServer } from "../support/fault-server.ts";
import { ORDINARY, PRIVATE, USER, unlessOrdinaryUser } from "../support/ordinary-user.ts";
import { Scene } from "../support/scene.ts";
import { removeApp, smallSuite, writeApp } from "../support/small-archive.ts";
import { unlessTools } from "../support/tools.ts";

/** What a build gives. */
interface Made {
  readonly digest: string;
  /** Of the docker-archive. */
  readonly archive: string;
}

describe("the manifest digest", { concurrency: 2 }, () => {
  let archive: TestArchive;
  let app: string;
  let expected: Made;

  before(async () => {
    archive = await TestArchive.create([smallSuite({ xz: true })]);
    app = await writeApp();
    for (const directory of [archive.directory, app]) chmodSync(directory, 0o755);
    const first = mkdtempSync(join(tmpdir(), "distill-first-"));
    const output = join(first, "x.tar");
    const server = await FaultServer.start(archive.directory);
    const env = { ...archive.environment(server.url), DISTILL_HOME: join(first, "home") };
    const { stdout } = await mustDistill(["build", app, "-t", "x", "-o", `docker-archive:${output}`], { env });
    await server.close();
    expected = { digest: stdout.trimEnd(), archive: digestOf(readFileSync(output)) };
    rmSync(first, { recursive: true });
  });

  after(async () => {
    await archive.remove();
    await removeApp(app);
  });

  async function build(scene: Scene, options: CliOptions = {}, directory = app): Promise<Made> {
    const output = join(scene.directory, "x.tar");
    const { stdout } = await scene.must(["build", directory, "-t", "x", "-o", `docker-archive:${output}`], options);
    assert.match(stdout, /^sha256:[0-9a-f]{64}\n$/);
    return { digest: stdout.trimEnd(), archive: digestOf(readFileSync(output)) };
  }

  async function same(test: TestContext, options: CliOptions, directory = app): Promise<void> {
    const scene = await Scene.open(test, archive);
    assert.deepEqual(await build(scene, options, directory), expected);
  }

  it("is the same again, again without a store, and whatever the umask", async (test) => {
    const scene = await Scene.open(test, archive);
    assert.deepEqual(await build(scene), expected);
    assert.deepEqual(await build(scene), expected);
    rmSync(join(scene.home, "store"), { recursive: true });
    assert.deepEqual(await build(scene), expected);
    rmSync(join(scene.home, "store"), { recursive: true });
    assert.deepEqual(await build(scene, { through: PRIVATE }), expected);
  });

  it("does not depend on the directory, on its times or on modes that mean nothing", async (test) => {
    const scene = await Scene.open(test, archive);
    const copy = join(scene.directory, "a rather long name of a directory, with blanks");
    execFileSync("cp", ["-r", app, copy]);
    execFileSync("chmod", ["-R", "go-rwx", copy]);
    execFileSync("find", [copy, "-exec", "touch", "-d", "2001-02-03", "{}", "+"]);
    assert.deepEqual(await build(scene, {}, copy), expected);
    assert.deepEqual(await build(scene, { cwd: copy }, "."), expected);
  });

  it("does not depend on the user", { skip: unlessOrdinaryUser() }, async (test) => {
    const scene = await Scene.open(test, archive);
    mkdirSync(scene.home);
    for (const path of [join(scene.home, ".."), scene.home, scene.directory]) chownSync(path, USER, USER);
    const made = await build(scene, { through: ORDINARY });
    assert.deepEqual(made, expected);
    assert.equal((await scene.must(["verify"], { through: ORDINARY })).stdout, "the store is whole\n");
  });

  for (const workers of [1, 7]) {
    it(`does not depend on ${workers} worker${workers === 1 ? "" : "s"}`, (test) =>
      same(test, { env: { DISTILL_WORKERS: String(workers) } }));
  }

  it("does not depend on the size of the thread pool", (test) => same(test, { env: { UV_THREADPOOL_SIZE: "1" } }));

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
    assert.deepEqual(await build(scene), expected);
  });

  it("depends on SOURCE_DATE_EPOCH, which every entry carries", async (test) => {
    const scene = await Scene.open(test, archive);
    const env = { SOURCE_DATE_EPOCH: "1000000000" };
    const later = await build(scene, { env });
    assert.notEqual(later.digest, expected.digest);
    assert.deepEqual(await build(scene), expected);
    assert.deepEqual(await build(scene, { env }), later);
  });
});
