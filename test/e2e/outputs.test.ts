import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { TestArchive } from "../support/archive.ts";
import { Scene } from "../support/scene.ts";
import { removeApp, smallSuite, writeApp } from "../support/small-archive.ts";
import { SmallDisk, unlessSmallDisk } from "../support/small-disk.ts";
import { hasTool } from "../support/tools.ts";

/** Name, kind, mode, owner's number, names, target and time of everything below a directory, as find(1) sees it. */
function facts(directory: string): readonly string[] {
  const format = "%P %y %m %n %l %T@\\n";
  return execFileSync("find", [directory, "-mindepth", "1", "-printf", format], { encoding: "utf8" })
    .split("\n")
    .sort();
}

function contents(directory: string): ReadonlyMap<string, string> {
  // Not by readdir's own way down: that follows links, and absolute ones lead into this machine.
  const output = execFileSync("find", [directory, "-type", "f", "-printf", "%P\\0"], { encoding: "utf8" });
  const files = output.split("\0").filter(Boolean).sort();
  return new Map(files.map((path) => [path, readFileSync(join(directory, path), "base64")]));
}

describe("outputs of a build", () => {
  let archive: TestArchive;
  let app: string;

  before(async () => {
    archive = await TestArchive.create([smallSuite()]);
    app = await writeApp();
  });

  after(async () => {
    await archive.remove();
    await removeApp(app);
  });

  it("a directory holds what GNU tar unpacks of the tar, which is that of `distill export`", async (test) => {
    const scene = await Scene.open(test, archive);
    const at = (name: string) => join(scene.directory, name);
    const outputs = ["-o", at("out"), "-o", `type=tar,dest=${at("x.tar")}`];
    await scene.must(["build", app, "-t", "app", ...outputs]);
    await scene.must(["export", "app", "-o", at("exported.tar")]);
    assert.ok(readFileSync(at("x.tar")).equals(readFileSync(at("exported.tar"))));
    mkdirSync(at("gnu"));
    execFileSync("tar", ["-xpf", at("x.tar"), "-C", at("gnu"), "--no-same-owner"]);
    assert.deepEqual(facts(at("out")), facts(at("gnu")));
    assert.deepEqual(contents(at("out")), contents(at("gnu")));
    assert.equal(readFileSync(join(at("out"), "app/run"), "utf8"), "run\n");
    assert.equal(statSync(join(at("out"), "app/run")).uid, process.getuid?.());
  });

  it("somebody who is not root gets the same files, as his own", {
    skip: process.getuid?.() !== 0 || !hasTool("setpriv"),
  }, async (test) => {
    const scene = await Scene.open(test, archive);
    const out = join(scene.directory, "shared/out");
    await scene.must(["build", app, "-t", "app", "-o", join(scene.directory, "root")]);
    mkdirSync(join(scene.directory, "shared"));
    for (const path of [scene.home, join(scene.directory, "shared")]) execFileSync("chown", ["-R", "4711:4711", path]);
    execFileSync("chmod", ["a+rx", join(scene.directory, ".."), scene.directory]);
    execFileSync("chmod", ["-R", "a+rX", app, archive.directory]);
    const through = ["setpriv", "--reuid=4711", "--regid=4711", "--clear-groups"];
    const again = ["build", app, "-t", "app", "-o", out, "--lock", join(scene.directory, "shared/lock")];
    await scene.must(again, { through });
    await scene.must(again, { through });
    assert.deepEqual(facts(out), facts(join(scene.directory, "root")));
    assert.equal(statSync(join(out, "app/run")).uid, 4711);
  });

  it("a tar on the standard output has it for itself; the digest is in the metadata", async (test) => {
    const scene = await Scene.open(test, archive);
    const at = (name: string) => join(scene.directory, name);
    const file = await scene.must(["build", app, "-o", `type=tar,dest=${at("x.tar")}`, "-o", `oci:${at("layout")}`]);
    const child = await scene.must(["build", app, "-o", "-", "--metadata-file", at("meta.json"), "-t", "app:1"]);
    assert.equal(Buffer.byteLength(child.stdout) > 10_000, true);
    assert.ok(!child.stdout.includes(file.stdout.trim()));
    const metadata = JSON.parse(readFileSync(at("meta.json"), "utf8"));
    assert.equal(metadata["image.name"], "docker.io/library/app:1");
    assert.match(metadata["containerimage.config.digest"], /^sha256:[0-9a-f]{64}$/);
    for (const flags of [["--format", "json"], ["--show"]]) {
      const refused = await scene.run(["build", app, "-o", "-", ...flags]);
      assert.deepEqual([refused.status, refused.stdout], [2, ""]);
      assert.match(refused.stderr, /both go to the standard output/);
    }
  });

  it("type=oci and type=docker are read by skopeo, as packed as they were asked for", {
    skip: !hasTool("skopeo"),
  }, async (test) => {
    const scene = await Scene.open(test, archive);
    const at = (name: string) => join(scene.directory, name);
    const packing = "compression=zstd,compression-level=7";
    const outputs = [
      `type=oci,dest=${at("a.tar")},${packing}`,
      `type=oci,tar=false,dest=${at("layout")}`,
      `type=docker,dest=${at("d.tar")}`,
    ];
    const { stdout } = await scene.must(["build", app, "-t", "me/app:1", ...outputs.flatMap((each) => ["-o", each])]);
    const inspected = (name: string) =>
      JSON.parse(execFileSync("skopeo", ["inspect", "--raw", name], { encoding: "utf8" }));
    for (const name of [`oci-archive:${at("a.tar")}`, `oci:${at("layout")}`]) {
      assert.match(inspected(name).layers[0].mediaType, /\+zstd$/);
      assert.equal(
        execFileSync("skopeo", ["inspect", "--format", "{{.Digest}}", name], { encoding: "utf8" }).trim(),
        stdout.trim(),
      );
    }
    assert.ok(inspected(`docker-archive:${at("d.tar")}:me/app:1`).layers.length > 1);
  });

  it("a disk that is full is told, and leaves no half a file", { skip: unlessSmallDisk() }, async (test) => {
    const scene = await Scene.open(test, archive);
    await scene.must(["build", app, "-t", "app", "-o", join(scene.directory, "whole")]);
    const disk = await SmallDisk.mount(test, 64);
    const { status, stdout, stderr } = await scene.run(["build", app, "-t", "new", "-o", `${disk.path}/out`], disk);
    assert.deepEqual([status, stdout], [3, ""]);
    assert.match(stderr, /^distill: no space left while writing \S+\/out\/.*\n.*\n {2}code: DISK_FULL /m);
    assert.deepEqual(scene.names(), ["docker.io/library/app:latest"]);
    disk.copyOut("out", join(scene.directory, "part"));
    const [whole, part] = ["whole", "part"].map((name) => contents(join(scene.directory, name)));
    for (const [path, content] of part ?? []) assert.equal(content, whole?.get(path), path);
    assert.ok((part?.size ?? 0) < (whole?.size ?? 0));
  });

  for (const [what, outputs, code, says] of [
    ["an unknown type", ["type=lcal,dest=x"], "USAGE", ["did you mean local?"]],
    ["an unknown key", ["type=local,dst=x"], "USAGE", ["did you mean dest?"]],
    [
      "two compressions",
      ["type=oci,dest=x,compression=zstd", "type=oci,dest=y,compression=gzip"],
      "USAGE",
      ["two ways"],
    ],
    ["what only BuildKit can do", ["type=image,push-by-digest=true"], "UNSUPPORTED", ["push-by-digest"]],
    ["two streams", ["-", "type=oci"], "USAGE", ["both go to the standard output"]],
    ["a name that is missing", ["type=registry"], "USAGE", ["give one with -t"]],
  ] as const) {
    it(`${what} is refused before any work is done`, async (test) => {
      const scene = await Scene.open(test, archive);
      const flags = outputs.flatMap((each) => ["-o", each]);
      await scene.refuses(["build", app, ...flags], { status: 2, code, says }, { cwd: scene.directory });
      assert.deepEqual(readdirSync(scene.directory), []);
      assert.equal(scene.server.asked("InRelease").length, 0);
      assert.ok(
        !existsSync(join(scene.home, "store/blobs")) ||
          readdirSync(join(scene.home, "store/blobs/sha256")).length === 0,
      );
    });
  }
});
