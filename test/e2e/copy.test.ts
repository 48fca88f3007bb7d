import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { copyImage } from "../../src/app/copy-image.ts";
import { writeLayout } from "../../src/image/layout-sink.ts";
import { decodeIndex } from "../../src/image/manifest.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { silentProgress } from "../../src/lib/progress.ts";
import { distill, mustDistill } from "../support/cli.ts";
import { MemoryBlobs } from "../support/contents.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { Engine, unlessEngine } from "../support/engine.ts";
import { runnableImage } from "../support/runnable-image.ts";
import { unlessTools } from "../support/tools.ts";

const directory = makeTemporaryDirectory();
const at = (name: string): string => join(directory.path, name);
const env: Record<string, string> = { DISTILL_HOME: at("home") };

/** As `distill copy`, without starting a program each time. */
async function copy(from: string, to: string, options: { all?: boolean; platform?: string } = {}): Promise<string> {
  Object.assign(process.env, env);
  const { all = false, platform } = options;
  const written = await copyImage(from, to, { all, platform, progress: silentProgress, signal: undefined });
  return written.descriptor.digest;
}

const skopeo = (...args: string[]): Buffer => execFileSync("skopeo", args, { maxBuffer: 1 << 30 });
const rawDigest = (place: string): string => digestOf(skopeo("inspect", "--raw", place));

/** The digest that a layout's or archive's index.json gives its only image, whatever its media type. */
function layoutDigest(place: string): string | undefined {
  const [transport, path = ""] = place.split(":");
  const json =
    transport === "oci" ? readFileSync(join(path, "index.json")) : execFileSync("tar", ["-xOf", path, "index.json"]);
  return decodeIndex(json).manifests[0]?.digest;
}

/** What is the same wherever an image goes: the digest of its config. */
const imageID = (place: string): string => digestOf(skopeo("inspect", "--raw", "--config", place));

/** The same, by way of a docker archive: skopeo finds no manifest of Docker's in an OCI layout. */
async function imageIDAnywhere(place: string): Promise<string> {
  const archive = `docker-archive:${at(`id-${count++}.tar`)}`;
  await copy(place, archive);
  return imageID(archive);
}
let count = 0;

after(() => directory.remove());

describe("skopeo", { skip: unlessTools("skopeo") }, () => {
  const blobs = new MemoryBlobs();
  const image = blobs.image("gzip", [1, 2]);
  const index = blobs.platforms();
  const ours = `oci:${at("ours")}`;

  before(async () => {
    await writeLayout(blobs.content(image), at("ours"), { tag: "image" });
    await writeLayout(blobs.content(index), at("ours"), { tag: "index" });
  });

  for (const [what, target, flags] of [
    ["an OCI layout", "oci:LAYOUT:x", []],
    ["an OCI layout with zstd layers", "oci:ZSTD:x", ["--dest-compress-format", "zstd", "--dest-compress"]],
    ["an oci-archive", "oci-archive:OCI.tar:x", []],
    ["an oci-archive of schema 2", "oci-archive:SCHEMA2.tar:x", ["--format", "v2s2"]],
    ["a docker archive", "docker-archive:DOCKER.tar:app:1", []],
    ["a docker archive in schema 2", "docker-archive:DOCKER2.tar:app:1", ["--format", "v2s2"]],
  ] as const) {
    test(`writes ${what}, and distill copies it everywhere`, async () => {
      const theirs = target.replace(":", `:${directory.path}/`);
      skopeo("copy", "--quiet", ...flags, `${ours}:image`, theirs);
      const path = theirs.split(":")[1];
      for (const to of [
        `oci:${path}-copy:y`,
        `oci-archive:${path}-copy.tar:y`,
        `docker-archive:${path}-copy.docker.tar:app:2`,
        "copied:1",
      ]) {
        const digest = await copy(theirs, to);
        assert.equal(await imageIDAnywhere(to), imageID(`${ours}:image`), to);
        if (!to.startsWith("oci")) continue;
        assert.equal(layoutDigest(to), digest);
        if (!theirs.startsWith("docker-archive")) assert.equal(digest, layoutDigest(theirs), to);
        if (!target.includes("SCHEMA2")) assert.equal(rawDigest(to), digest);
      }
      if (!theirs.startsWith("docker-archive"))
        assert.equal(await copy("copied:1", `oci:${path}-x`), layoutDigest(theirs));
    });
  }

  test("reads an index that distill copied, and distill one that skopeo did", async () => {
    assert.equal(rawDigest(`${ours}:index`), index.digest);
    const to = `oci-archive:${at("index.tar")}:i`;
    assert.equal(await copy(`${ours}:index`, to, { all: true }), index.digest);
    skopeo("copy", "--quiet", "--all", to, `oci:${at("theirs")}:i`);
    assert.equal(await copy(`oci:${at("theirs")}:i`, "both", { all: true }), index.digest);
    assert.equal(await copy("both", `oci:${at("again")}:i`, { all: true }), index.digest);
    assert.equal(rawDigest(`oci:${at("again")}:i`), index.digest);
    const arm64 = await copy("both", `oci:${at("arm")}:i`, { platform: "linux/arm64" });
    skopeo("copy", "--quiet", "--override-arch", "arm64", `oci:${at("theirs")}:i`, `oci:${at("theirs-arm")}:i`);
    assert.equal(arm64, rawDigest(`oci:${at("theirs-arm")}:i`));
    const { stdout } = await mustDistill(["images", "--format", "json"], { env });
    const listed = (JSON.parse(stdout) as { name: string; digest: string; platforms: { platform: string }[] }[]).find(
      ({ name }) => name === "both:latest",
    );
    assert.equal(listed?.digest, index.digest);
    assert.deepEqual(
      listed?.platforms.map(({ platform }) => platform),
      ["linux/amd64", "linux/arm64"],
    );
  });

  test("a copy says which platform it takes, and what a format cannot hold", async () => {
    const run = await mustDistill(["copy", `${ours}:index`, "one"], { env });
    assert.match(run.stderr, /linux\/(amd64|arm64) is copied, not linux\/(amd64|arm64) \(--all/);
    for (const [args, message] of [
      [["--all", `${ours}:index`, `docker-archive:${at("x.tar")}`], /holds one platform/],
      [["--platform", "linux/s390x", `${ours}:index`, "x"], /no image for linux\/s390x/],
      [["sha256:0123", "x"], /no image called sha256:0123/],
      [[ours, "x"], /holds 2 images/],
    ] as const) {
      const failed = await distill(["copy", ...args], { env });
      assert.equal(failed.status, 2, failed.stderr);
      assert.match(failed.stderr, message);
    }
  });
});

describe("a Docker engine", { skip: unlessEngine() || unlessTools("skopeo", "gcc") }, () => {
  const blobs = new MemoryBlobs();
  const shapes = ["none", "gzip", "zstd", "schema 2"] as const;
  let engine: Engine;

  before(async () => {
    engine = await Engine.start();
    env.DOCKER_HOST = engine.host;
    for (const [index, shape] of shapes.entries()) {
      await writeLayout(blobs.content(blobs.image(shape, [1, 10 + index])), at("shapes"), {
        tag: shape.replace(" ", ""),
      });
    }
    await writeLayout(blobs.content(runnableImage(blobs)), at("shapes"), { tag: "runnable" });
  });

  after(() => engine?.stop());

  for (const shape of shapes) {
    test(`loads an image with layers of ${shape}, and gives the same image back`, async () => {
      const tag = shape.replace(" ", "");
      const source = `oci:${at("shapes")}:${tag}`;
      const name = `shape:${tag}`;
      await copy(source, `docker-daemon:${name}`);
      const id = (await engine.mustDocker("image", "inspect", "--format", "{{.Id}}", name)).trim();
      assert.equal(id, await imageIDAnywhere(source));
      for (const from of [`docker-daemon:${name}`, `docker-daemon:${id}`, `docker-daemon:shape@${id}`]) {
        await copy(from, `oci:${at(`back-${tag}`)}:x`);
        assert.equal(imageID(`oci:${at(`back-${tag}`)}:x`), id);
      }
    });
  }

  test("saves two images that share a layer, and each is read by its name", async () => {
    await engine.mustDocker("save", "-o", at("two.tar"), "shape:none", "shape:gzip");
    const failed = await distill(["copy", `docker-archive:${at("two.tar")}`, "x"], { env });
    assert.match(failed.stderr, /several images[\s\S]*shape:/);
    for (const tag of ["none", "gzip"]) {
      await copy(`docker-archive:${at("two.tar")}:shape:${tag}`, `oci:${at(`two-${tag}`)}:x`);
      assert.equal(imageID(`oci:${at(`two-${tag}`)}:x`), imageID(`oci:${at("shapes")}:${tag}`));
    }
  });

  test("loads what distill writes as a docker archive of zstd layers", async () => {
    await copy(`oci:${at("shapes")}:zstd`, `docker-archive:${at("zstd.tar")}:zstd:archive`);
    await engine.mustDocker("load", "-i", at("zstd.tar"));
    const id = (await engine.mustDocker("image", "inspect", "--format", "{{.Id}}", "zstd:archive")).trim();
    assert.equal(id, imageID(`oci:${at("shapes")}:zstd`));
  });

  test("runs what went through every transport", async () => {
    await copy(`oci:${at("shapes")}:runnable`, "run:1");
    await copy("run:1", `oci-archive:${at("run.tar")}:x`);
    await copy(`oci-archive:${at("run.tar")}:x`, `docker-archive:${at("run.docker.tar")}:run:2`);
    await copy(`docker-archive:${at("run.docker.tar")}`, "docker-daemon:run:3");
    await copy("docker-daemon:run:3", `oci:${at("run")}:x`);
    await copy(`oci:${at("run")}:x`, "docker-daemon:run:4");
    assert.equal(await engine.mustDocker("run", "--rm", "--network", "none", "run:4"), "it runs\n");
  });

  test("tells what is wrong when it does not answer, or not to this user", {
    skip: unlessTools("setpriv"),
  }, async () => {
    const absent = await distill(["copy", "docker-daemon:run:3", "x"], {
      env: { ...env, DOCKER_HOST: "unix:///nowhere.sock" },
    });
    assert.equal(absent.status, 3);
    assert.match(absent.stderr, /no Docker engine answers at unix:\/\/\/nowhere\.sock/);
    const home = at("other-home");
    mkdirSync(home);
    chmodSync(directory.path, 0o755);
    chmodSync(home, 0o777);
    const socket = at("closed.sock");
    // A socket that only root may use, in a directory that everybody may look into.
    const { createServer } = await import("node:net");
    const server = createServer().listen(socket);
    await new Promise((resolve) => server.once("listening", resolve));
    chmodSync(socket, 0o600);
    assert.ok(statSync(socket).isSocket());
    const denied = await distill(["copy", "docker-daemon:run:3", "x"], {
      env: { ...env, DOCKER_HOST: `unix://${socket}`, DISTILL_HOME: home, HOME: home },
      through: ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
    });
    server.close();
    assert.equal(denied.status, 3, denied.stderr);
    assert.match(denied.stderr, /may not talk to the Docker engine[\s\S]*docker group/);
  });
});
