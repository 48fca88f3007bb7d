import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { writeLayout } from "../../src/image/layout-sink.ts";
import { TestArchive } from "../support/archive.ts";
import { distill, mustDistill } from "../support/cli.ts";
import { Containerd, unlessContainerd } from "../support/containerd.ts";
import { MemoryBlobs } from "../support/contents.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { Engine, unlessEngine } from "../support/engine.ts";
import { Podman, unlessPodman } from "../support/podman.ts";
import { runnableImage } from "../support/runnable-image.ts";
import { Scene } from "../support/scene.ts";
import { smallSuite } from "../support/small-archive.ts";
import { archiveOf, bare, file } from "../support/tar.ts";
import { type TarFacts, tarFacts } from "../support/tar-facts.ts";
import { unlessTools } from "../support/tools.ts";

const directory = makeTemporaryDirectory();
const at = (name: string): string => join(directory.path, name);
const homes = { first: at("first"), second: at("second") };

const run = (home: keyof typeof homes, ...args: string[]) => mustDistill(args, { env: { DISTILL_HOME: homes[home] } });

interface Listed {
  readonly name: string;
  readonly digest: string;
  readonly imageID: string;
}

async function listed(home: keyof typeof homes): Promise<ReadonlyMap<string, Listed>> {
  const { stdout } = await run(home, "images", "--format", "json");
  return new Map((JSON.parse(stdout) as Listed[]).map((each) => [each.name, each]));
}

after(() => directory.remove());

/** Two layers whose upper one removes, replaces and links what the lower one has. */
const FIRST = { mode: 0o640, uid: 5, gid: 6, mtime: 1_000_000 };
const UPPER = archiveOf([
  bare({ path: "etc/", type: "directory", mode: 0o755 }),
  file("etc/first", "1", FIRST),
  bare({ ...FIRST, path: "etc/second", type: "hardlink", linkname: "etc/first" }),
  bare({ ...FIRST, path: "etc/third", type: "hardlink", linkname: "etc/first" }),
  bare({ path: "etc/soft", type: "symlink", linkname: "/etc/first", mode: 0o777 }),
  bare({ path: "old/", type: "directory", mode: 0o750 }),
  file("old/a", "a"),
  file("old/b", "b"),
  bare({ path: "tmp/", type: "directory", mode: 0o1777 }),
  bare({ path: "pipe", type: "fifo", mode: 0o600 }),
  file("setuid", "s", { mode: 0o4755, mtime: 3 }),
]);
const TOP = archiveOf([
  bare({ path: "etc/", type: "directory", mode: 0o711, mtime: 9 }),
  file("etc/third", "replaced", { mode: 0o600 }),
  file("old/.wh.a", ""),
  bare({ path: "old/", type: "directory", mode: 0o700, mtime: 10 }),
  file("able", "x", {
    mode: 0o755,
    xattrs: new Map([
      ["security.capability", Buffer.from("0100000200040000000000000000000000000000", "hex")],
      ["user.note", Buffer.from("a b")],
    ]),
  }),
  bare({ path: "tmp/", type: "directory", mode: 0o1777 }),
  file("tmp/.wh..wh..opq", ""),
  file("tmp/new", "n"),
  bare({ path: "long/", type: "directory", mode: 0o755 }),
  bare({ path: `long/${"n".repeat(120)}/`, type: "directory", mode: 0o755 }),
  file(`long/${"n".repeat(120)}/${"m".repeat(120)}`, "long"),
  file(Buffer.from("etc/ключ").toString("latin1"), "name in UTF-8"),
]);

describe("a Docker engine", { skip: unlessEngine() || unlessTools("gcc") }, () => {
  const blobs = new MemoryBlobs();
  let engine: Engine;

  before(async () => {
    engine = await Engine.start();
    await writeLayout(blobs.content(runnableImage(blobs)), at("images"), { tag: "run" });
    await writeLayout(blobs.content(runnableImage(blobs, UPPER, TOP)), at("images"), { tag: "layered" });
    await run("first", "copy", `oci:${at("images")}:run`, "run:1");
    await run("first", "copy", `oci:${at("images")}:layered`, "team/layered:1");
    await run("first", "tag", "run:1", "run:2");
  });

  after(() => engine?.stop());

  test("loads three names of two images from one archive, and runs one of them", async () => {
    await run("first", "save", "run:1", "run:2", "team/layered:1", "-o", at("three.tar"));
    await engine.mustDocker("load", "-i", at("three.tar"));
    for (const [name, { imageID }] of await listed("first")) {
      assert.equal((await engine.mustDocker("image", "inspect", "--format", "{{.Id}}", name)).trim(), imageID, name);
    }
    assert.equal(await engine.mustDocker("run", "--rm", "--network", "none", "run:2"), "it runs\n");
  });

  for (const compressor of ["cat", "gzip", "bzip2", "zstd"]) {
    test(`saves the same, and distill loads all of it through a pipe of ${compressor}`, {
      skip: unlessTools(compressor),
    }, async () => {
      await engine.mustDocker("save", "-o", at("saved.tar"), "run:1", "run:2", "team/layered:1");
      writeFileSync(
        at("saved"),
        execFileSync(compressor, { input: readFileSync(at("saved.tar")), maxBuffer: 1 << 28 }),
      );
      const env = { DISTILL_HOME: at(`from-${compressor}`) };
      const { stdout } = await mustDistill(["load"], { env, through: ["sh", "-c", 'exec "$@" < "$0"', at("saved")] });
      assert.deepEqual(stdout.trim().split("\n").toSorted(), ["run:1", "run:2", "team/layered:1"]);
      const { stdout: json } = await mustDistill(["images", "--format", "json"], { env });
      const first = await listed("first");
      for (const { name, imageID } of JSON.parse(json) as Listed[]) assert.equal(imageID, first.get(name)?.imageID);
      await mustDistill(["verify"], { env });
    });
  }

  test("exports of a container what distill exports of its image", async () => {
    await engine.mustDocker("load", "-i", at("three.tar"));
    await engine.mustDocker("create", "--name", "oracle", "team/layered:1");
    await engine.mustDocker("export", "-o", at("theirs.tar"), "oracle");
    await run("first", "export", "team/layered:1", "-o", at("ours.tar"));
    const ours = await tarFacts(readFileSync(at("ours.tar")));
    const theirs = new Map(
      [...(await tarFacts(readFileSync(at("theirs.tar"))))].filter(([path]) => !isOfRuntime(path)),
    );
    assert.deepEqual([...ours.keys()].toSorted(), [...theirs.keys()].toSorted());
    for (const [path, facts] of ours) assert.deepEqual(comparable(path, facts), comparable(path, theirs.get(path)));
    assert.ok(ours.get("etc/second")?.names.includes("etc/first"));
    const names = execFileSync("tar", ["-tf", at("ours.tar"), "--quoting-style=literal"], { encoding: "utf8" });
    assert.deepEqual(
      names
        .trim()
        .split("\n")
        .map((path) => path.replace(/\/$/, ""))
        .toSorted(),
      [...ours.keys()].map((path) => Buffer.from(path, "latin1").toString()).toSorted(),
    );
    await engine.mustDocker("import", at("ours.tar"), "imported:1");
  });

  test("gets what was composed with --load under each name", async (t) => {
    const archive = await TestArchive.create([smallSuite()]);
    t.after(() => archive.remove());
    const scene = await Scene.open(t, archive);
    const env = { DOCKER_HOST: engine.host };
    const { stdout } = await scene.must(
      ["compose", "static", "-t", "loaded:1", "-t", "team/loaded", "--load", "--format", "json"],
      { env },
    );
    const { imageID } = JSON.parse(stdout) as Listed;
    for (const name of ["loaded:1", "team/loaded:latest"]) {
      assert.equal((await engine.mustDocker("image", "inspect", "--format", "{{.Id}}", name)).trim(), imageID);
    }
    const refused = await scene.run(["compose", "static", "--load"], { env });
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /--load needs a name[\s\S]*-t/);
  });
});

/** What an engine puts into every container. */
function isOfRuntime(path: string): boolean {
  return /^(?:\.dockerenv|dev(?:\/.*)?|proc|sys|etc\/(?:hosts|hostname|resolv\.conf|mtab))$/.test(path);
}

/** An engine writes into /etc, and of extended attributes its export keeps security.capability alone. */
function comparable(path: string, facts: TarFacts | undefined): object {
  const { xattrs = {}, mtime, ...rest } = facts ?? {};
  return { path, ...rest, mtime: path === "etc" ? undefined : mtime, capability: xattrs["security.capability"] };
}

describe("podman", { skip: unlessPodman() || unlessTools("gcc") }, () => {
  const blobs = new MemoryBlobs();
  const podman = new Podman();

  before(async () => {
    await writeLayout(blobs.content(runnableImage(blobs)), at("podman"), { tag: "run" });
    await run("second", "copy", `oci:${at("podman")}:run`, "localhost/run:1");
    await run("second", "tag", "localhost/run:1", "localhost/again:2");
  });

  after(() => podman.remove());

  for (const format of ["docker-archive", "oci-archive"] as const) {
    test(`runs what distill saves as ${format}, and distill loads what it saves like that`, async () => {
      await run("second", "save", "localhost/run:1", "--format", format, "-o", at("to-podman.tar"));
      await podman.must("load", "-i", at("to-podman.tar"));
      assert.equal(await podman.run("localhost/run:1"), "it runs\n");
      await podman.must("save", "--format", format, "-o", at(`${format}.tar`), "localhost/run:1");
      const env = { DISTILL_HOME: at(`podman-${format}`) };
      const { stdout } = await mustDistill(["load", "-i", at(`${format}.tar`), "--format", "json"], { env });
      const [loaded] = JSON.parse(stdout) as { names: string[]; imageID: string }[];
      assert.deepEqual(loaded?.names, ["localhost/run:1"]);
      assert.equal(loaded?.imageID, (await listed("second")).get("localhost/run:1")?.imageID);
    });
  }

  test("saves several images into one archive, and all of them are loaded", async () => {
    await run("second", "save", "localhost/run:1", "localhost/again:2", "-o", at("both.tar"));
    await podman.must("load", "-i", at("both.tar"));
    await podman.must("save", "--multi-image-archive", "-o", at("multi.tar"), "localhost/run:1", "localhost/again:2");
    const { stdout } = await mustDistill(["load", "-i", at("multi.tar")], { env: { DISTILL_HOME: at("multi") } });
    assert.deepEqual(stdout.trim().split("\n").toSorted(), ["localhost/again:2", "localhost/run:1"]);
  });
});

describe("containerd, whose archives are both layouts in one file", { skip: unlessContainerd() }, () => {
  const blobs = new MemoryBlobs();
  let containerd: Containerd;

  before(async () => {
    containerd = await Containerd.start();
    await writeLayout(blobs.content(blobs.platforms()), at("ctr"), { tag: "index" });
    await writeLayout(blobs.content(blobs.image("zstd", [4])), at("ctr"), { tag: "image" });
    await run("second", "copy", "--all", `oci:${at("ctr")}:index`, "both:1");
    await run("second", "copy", `oci:${at("ctr")}:image`, "one:1");
    await run("second", "save", "both:1", "one:1", "--format", "oci-archive", "-o", at("to-ctr.tar"));
    await containerd.must("images", "import", "--all-platforms", "--no-unpack", at("to-ctr.tar"));
  });

  after(() => containerd?.stop());

  const names = ["docker.io/library/both:1", "docker.io/library/one:1"];

  test("reads what distill saves, with its digests", async () => {
    const list = await containerd.must("images", "ls");
    const known = await listed("second");
    for (const name of ["both:1", "one:1"]) assert.ok(list.includes(`${known.get(name)?.digest}`), name);
  });

  test("exports a whole index, and distill loads it with the digest that it had", async () => {
    await containerd.must("images", "export", "--all-platforms", at("whole.tar"), ...names);
    const env = { DISTILL_HOME: at("whole") };
    await mustDistill(["load", "-i", at("whole.tar")], { env });
    const { stdout } = await mustDistill(["images", "--format", "json"], { env });
    const known = await listed("second");
    for (const { name, digest } of JSON.parse(stdout) as Listed[]) assert.equal(digest, known.get(name)?.digest);
  });

  test("exports one platform of it, and distill loads that one and says so", async () => {
    await containerd.must("images", "export", "--platform", "linux/arm64", at("part.tar"), names[0] as string);
    const env = { DISTILL_HOME: at("part") };
    const { stdout, stderr } = await mustDistill(["load", "-i", at("part.tar")], { env });
    assert.equal(stdout, "both:1\n");
    assert.match(stderr, /both:1: the archive holds a part of its index/);
    const inspected = await mustDistill(["inspect", "both:1"], { env });
    assert.match(inspected.stdout, /platform +linux\/arm64/);
  });
});

test("the standard output takes an archive, a reader that goes is no failure, and a full disk is one", async () => {
  const blobs = new MemoryBlobs();
  await writeLayout(blobs.content(blobs.image("gzip", [1, 2])), at("plain"), { tag: "x" });
  await run("second", "copy", `oci:${at("plain")}`, "plain:1");
  const env = { DISTILL_HOME: homes.second };
  const shell = (script: string) => distill(["save", "-q", "plain:1"], { env, through: ["sh", "-c", script, "sh"] });
  await shell(`"$@" > ${at("out.tar")}`);
  await run("second", "save", "plain:1", "-o", at("file.tar"));
  assert.ok(readFileSync(at("out.tar")).equals(readFileSync(at("file.tar"))));
  assert.equal(statSync(at("file.tar")).mode & 0o777, 0o644);
  const gone = await shell('"$@" | head -c 100 >&2; exit 0');
  assert.doesNotMatch(gone.stderr, /distill:/);
  const full = await shell('"$@" > /dev/full');
  assert.equal(full.status, 3);
  assert.match(full.stderr, /no space left while writing the standard output/);
  assert.equal(full.stderr.match(/distill:/g)?.length, 1);
});

test("no terminal gets an archive, and load asks none for one", { skip: unlessTools("script") }, async () => {
  const env = { DISTILL_HOME: homes.second };
  for (const [args, message] of [
    ["save plain:1", /is no text, and the standard output is a terminal/],
    ["export plain:1", /is no text, and the standard output is a terminal/],
    ["load", /the standard input is a terminal/],
  ] as const) {
    const through = ["sh", "-c", `script -qec "$1 $2 ${args}" /dev/null </dev/null`, "sh"];
    const { stdout, status } = await distill([], { env, through });
    assert.equal(status, 2, stdout);
    assert.match(stdout, message);
  }
});

test("a load that waits for its archive ends at an interrupt", { skip: unlessTools("timeout", "mkfifo") }, async () => {
  const script = 'mkfifo "$0"; exec 3<>"$0"; exec timeout --preserve-status -k 20 -s INT 3 "$@" <"$0"';
  const through = ["sh", "-c", script, at("fifo")];
  const { status, stderr } = await distill(["load"], { env: { DISTILL_HOME: homes.second }, through });
  assert.equal(status, 130, stderr);
});
