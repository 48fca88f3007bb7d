import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { gunzipSync } from "node:zlib";
import { readTar } from "../../src/formats/tar/reader.ts";
import { once } from "../../src/image/image.ts";
import { collect } from "../support/bytes.ts";
import { type CliOptions, mustDistill } from "../support/cli.ts";
import { makeTemporaryDirectory, temporaryDirectory } from "../support/directories.ts";
import {
  dateWorkshop,
  digestsOfLayout,
  writeDockerfileWorkshop,
  writeWorkshopBase,
} from "../support/dockerfile-workshop.ts";
import { ORDINARY, PRIVATE, USER, unlessOrdinaryUser } from "../support/ordinary-user.ts";

type Digests = ReturnType<typeof digestsOfLayout>;

/** A home and an output of a test's own. */
interface Place {
  readonly home: string;
  readonly layout: string;
}

describe("the digests of a Dockerfile's image", { concurrency: 2 }, () => {
  const shared = makeTemporaryDirectory();
  const app = join(shared.path, "app");
  const base = join(shared.path, "base");
  let expected: Digests;

  before(async () => {
    chmodSync(shared.path, 0o755);
    const files = join(shared.path, "base-files");
    writeWorkshopBase(files);
    const env = { DISTILL_HOME: join(shared.path, "home") };
    await mustDistill(["build", files, "-o", `oci:${base}`], { env });
    execFileSync("chmod", ["-R", "a+rX", base]);
    writeDockerfileWorkshop(app);
    dateWorkshop(app, 1_600_000_000);
    expected = await build({ home: env.DISTILL_HOME, layout: join(shared.path, "layout") });
  });

  after(() => shared.remove());

  function place(test: TestContext): Place {
    const directory = temporaryDirectory(test);
    return { home: join(directory, "home"), layout: join(directory, "layout") };
  }

  async function build({ home, layout }: Place, options: CliOptions & { more?: readonly string[]; of?: string } = {}) {
    const { more = [], of = app, env, ...rest } = options;
    rmSync(layout, { recursive: true, force: true });
    const args = ["build", of, "--build-context", `base=oci:${base}`, "--offline", "-o", `oci:${layout}`, ...more];
    const { stdout } = await mustDistill(args, { ...rest, env: { DISTILL_HOME: home, ...env } });
    const digests = digestsOfLayout(layout);
    assert.equal(stdout, `${digests.manifest}\n`);
    return digests;
  }

  it("are the same again from the cache, without it, and for a part of it", async (test) => {
    const at = place(test);
    assert.deepEqual(await build(at), expected);
    assert.deepEqual(await build(at), expected);
    assert.deepEqual(await build(at, { more: ["--no-cache"] }), expected);
    assert.deepEqual(await build(at, { more: ["--no-cache=data"] }), expected);
    for (const name of ["cache/contexts", "store"]) {
      rmSync(join(at.home, name), { recursive: true });
      assert.deepEqual(await build(at), expected, name);
    }
  });

  for (const size of ["300kB", "800kB"]) {
    it(`are the same when no more than ${size} of the cache was kept`, async (test) => {
      const at = place(test);
      await build(at);
      await mustDistill(["prune", "--keep-cache", size], { env: { DISTILL_HOME: at.home } });
      assert.deepEqual(await build(at), expected);
      assert.deepEqual(await build(at, { more: ["-t", "x"] }), expected);
      await mustDistill(["prune"], { env: { DISTILL_HOME: at.home } });
      assert.deepEqual(await build(at), expected);
    });
  }

  it("are the same from any directory, whatever the order of its files on disk and their times", async (test) => {
    const at = place(test);
    const copy = join(at.home, "..", "a rather long name of a directory, with blanks");
    writeDockerfileWorkshop(copy, { order: "back" });
    assert.deepEqual(await build(at, { of: copy }), expected);
    dateWorkshop(copy, 981_158_400);
    assert.deepEqual(await build(at, { of: ".", cwd: copy }), expected);
    assert.deepEqual(await build(place(test), { of: `${copy}/../${copy.split("/").at(-1)}//` }), expected);
  });

  it("are the same whatever the umask", async (test) => {
    assert.deepEqual(await build(place(test), { through: PRIVATE }), expected);
  });

  it("are the same for an ordinary user, whose the files are", { skip: unlessOrdinaryUser() }, async (test) => {
    const at = place(test);
    const copy = join(at.home, "..", "app");
    writeDockerfileWorkshop(copy);
    mkdirSync(at.home);
    execFileSync("chown", ["-hR", `${USER}:${USER}`, join(at.home, "..")]);
    chownSync(at.home, USER, USER);
    // A change of owner takes the bits away.
    chmodSync(join(copy, "app/setuid"), 0o4755);
    assert.deepEqual(await build(at, { of: copy, through: ORDINARY }), expected);
    assert.deepEqual(await build(at, { of: copy, through: [...PRIVATE, ...ORDINARY] }), expected);
  });

  for (const workers of ["1", "7"]) {
    it(`are the same with DISTILL_WORKERS=${workers}`, async (test) => {
      assert.deepEqual(await build(place(test), { env: { DISTILL_WORKERS: workers } }), expected);
    });
  }

  it("are the same with a thread pool of one", async (test) => {
    assert.deepEqual(await build(place(test), { env: { UV_THREADPOOL_SIZE: "1" } }), expected);
  });

  it("are the same in another time zone, language and terminal", async (test) => {
    const env = { TZ: "Asia/Kathmandu", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8", FORCE_COLOR: "1", COLUMNS: "20" };
    assert.deepEqual(await build(place(test), { env }), expected);
  });

  it("are the same from the store of a build that was not packed", async (test) => {
    const at = place(test);
    const args = ["build", app, "--build-context", `base=oci:${base}`, "-t", "fresh"];
    await mustDistill(args, { env: { DISTILL_HOME: at.home } });
    await mustDistill(["copy", "fresh", `oci:${at.layout}`], { env: { DISTILL_HOME: at.home } });
    assert.deepEqual(digestsOfLayout(at.layout), expected);
    assert.deepEqual(await build(at), expected);
  });

  it("are others with another SOURCE_DATE_EPOCH, and all that was made has its time", async (test) => {
    const at = place(test);
    const env = { SOURCE_DATE_EPOCH: "1000000000" };
    const later = await build(at, { env });
    assert.notEqual(later.config, expected.config);
    const { config, times } = await imageIn(at.layout);
    assert.equal(config.created, "2001-09-09T01:46:40Z");
    // The first layer is the base's.
    assert.deepEqual(times.slice(1), Array(times.length - 1).fill([1_000_000_000]));
    assert.deepEqual(await build(at), expected);
    assert.deepEqual(await build(at, { env }), later);
    const kept = await build(at, { more: ["--timestamps", "keep"] });
    assert.notEqual(kept.manifest, expected.manifest);
    assert.deepEqual(await build(at), expected);
  });
});

/** The config of the image of a layout, and which times each layer's entries have. */
async function imageIn(layout: string) {
  const blob = (digest: string): Buffer => readFileSync(join(layout, "blobs", digest.replace(":", "/")));
  const { manifest } = digestsOfLayout(layout);
  const { config, layers } = JSON.parse(blob(manifest).toString());
  const times: number[][] = [];
  for (const { digest } of layers) {
    const found = new Set<number>();
    for await (const { header, body } of readTar(once(gunzipSync(blob(digest))))) {
      await collect(body);
      found.add(header.mtime);
    }
    times.push([...found]);
  }
  return { config: JSON.parse(blob(config.digest).toString()), times };
}
