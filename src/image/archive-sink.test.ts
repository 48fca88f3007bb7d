import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { imageOfLayers, layerTar, memoryImage, memoryLayer, packedImage } from "../../test/support/images.ts";
import { unlessTools } from "../../test/support/tools.ts";
import { digestOf, hexOf } from "../lib/digest.ts";
import { archive, writeArchive } from "./archive-sink.ts";
import { imageContent } from "./content.ts";
import { parseLocalDestination, writeContent } from "./destination.ts";
import { once } from "./image.ts";
import { decodeIndex } from "./manifest.ts";
import { parseReference } from "./reference.ts";

const NAMES = [parseReference("me/app:2"), parseReference("app")];

test("the same image gives the same archive", async () => {
  const bytes = async () =>
    Buffer.concat(await Array.fromAsync(archive(imageContent(memoryImage(1, 2)), "docker", { names: NAMES })));
  const first = await bytes();
  assert.equal(digestOf(first), digestOf(await bytes()));
  assert.equal(first.length % 512, 0);
});

test("a tar reader finds a sorted OCI layout with manifest.json", { skip: unlessTools("tar") }, async (t) => {
  const directory = temporaryDirectory(t);
  const image = await packedImage(1, 2);
  const path = join(directory, "image.tar");
  await writeArchive(imageContent(image), path, "docker", { names: NAMES });
  const listing = execFileSync("tar", ["-tvf", path], { encoding: "utf8", env: { ...process.env, TZ: "UTC" } });
  const names = listing
    .trim()
    .split("\n")
    .map((line) => line.split(/\s+/)[5] ?? "");
  assert.deepEqual(names, names.toSorted());
  assert.ok(
    listing.split("\n").every((line) => line === "" || /^(drwxr-xr-x|-rw-r--r--) 0\/0 .* 1970-01-01 00:00 /.test(line)),
  );
  execFileSync("tar", ["-xf", path, "-C", directory]);
  for (const name of readdirSync(join(directory, "blobs", "sha256"))) {
    assert.equal(hexOf(digestOf(readFileSync(join(directory, "blobs", "sha256", name)))), name);
  }
  const manifest: unknown = JSON.parse(readFileSync(join(directory, "manifest.json"), "utf8"));
  assert.deepEqual(manifest, [
    {
      Config: `blobs/sha256/${hexOf(image.configDigest)}`,
      RepoTags: ["me/app:2", "app:latest"],
      Layers: image.manifest().layers.map(({ digest }) => `blobs/sha256/${hexOf(digest)}`),
    },
  ]);
  assert.equal(decodeIndex(readFileSync(join(directory, "index.json"))).manifests.length, 2);
});

for (const packing of ["uncompressed", "gzip"] as const) {
  test(`skopeo reads both archives of an image with ${packing} layers`, { skip: unlessTools("skopeo") }, async (t) => {
    const directory = temporaryDirectory(t);
    const image = packing === "gzip" ? await packedImage(1, 2, 2) : memoryImage(1, 2, 2);
    const oci = `oci-archive:${join(directory, "oci.tar")}`;
    await writeContent(imageContent(image), parseLocalDestination(oci), { names: [parseReference("app")] });
    assert.equal(digestOf(execFileSync("skopeo", ["inspect", "--raw", oci])), image.manifestDigest);
    execFileSync("skopeo", ["copy", "--quiet", oci, `dir:${join(directory, "oci")}`]);
    const docker = `docker-archive:${join(directory, "docker.tar")}`;
    await writeContent(imageContent(image), parseLocalDestination(`${docker}:me/app:2`));
    execFileSync("skopeo", ["copy", "--quiet", docker, `dir:${join(directory, "docker")}`]);
    for (const copy of ["oci", "docker"]) {
      assert.equal(digestOf(readFileSync(join(directory, copy, hexOf(image.configDigest)))), image.configDigest);
    }
    for (const { digest } of image.manifest().layers) {
      assert.equal(digestOf(readFileSync(join(directory, "oci", hexOf(digest)))), digest);
    }
    const inspected = execFileSync("skopeo", ["inspect", "--format", "{{.Layers}}", docker], { encoding: "utf8" });
    assert.ok(inspected.includes(image.layers[0]?.diffID ?? "?"));
  });
}

test("an oci-archive is read by its tag", { skip: unlessTools("skopeo") }, async (t) => {
  const destination = `oci-archive:${join(temporaryDirectory(t), "x.tar")}:v1`;
  const image = memoryImage(4);
  await writeContent(imageContent(image), parseLocalDestination(destination));
  assert.equal(digestOf(execFileSync("skopeo", ["inspect", "--raw", destination])), image.manifestDigest);
});

test("a damaged blob leaves no archive, and the old one where there was one", async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, "image.tar");
  const layer = memoryLayer(layerTar(1));
  const damaged = imageOfLayers([{ ...layer, uncompressed: () => once(layerTar(2)) }]);
  await assert.rejects(writeArchive(imageContent(damaged), path, "oci"), { code: "DIGEST_MISMATCH" });
  assert.deepEqual(readdirSync(directory), []);
  writeFileSync(path, "old");
  await assert.rejects(writeArchive(imageContent(damaged), path, "docker"), { code: "DIGEST_MISMATCH" });
  assert.equal(readFileSync(path, "utf8"), "old");
  assert.deepEqual(readdirSync(directory), ["image.tar"]);
});

test("a symbolic link stays, and a directory is refused", async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, "real.tar"), "old");
  symlinkSync("real.tar", join(directory, "link.tar"));
  await writeArchive(imageContent(memoryImage(1)), join(directory, "link.tar"), "oci");
  assert.ok(lstatSync(join(directory, "link.tar")).isSymbolicLink());
  assert.ok(readFileSync(join(directory, "real.tar")).length > 20_000);
  await assert.rejects(writeArchive(imageContent(memoryImage(1)), directory, "oci"), { code: "USAGE" });
  await assert.rejects(writeArchive(imageContent(memoryImage(1)), join(directory, "no", "x.tar"), "oci"), {
    code: "NO_SUCH_PATH",
  });
  assert.equal(existsSync(join(directory, "no")), false);
});

test("a target that is no plain file is written to in place", {
  skip: unlessTools("mkfifo", "sha256sum"),
}, async (t) => {
  const directory = temporaryDirectory(t);
  const [fifo, sum] = [join(directory, "fifo"), join(directory, "sum")];
  execFileSync("mkfifo", [fifo]);
  const { spawn } = await import("node:child_process");
  const output = openSync(sum, "w");
  const reader = spawn("sha256sum", [fifo], { stdio: ["ignore", output, "inherit"] });
  const ended = new Promise((resolve) => reader.once("exit", resolve));
  const image = memoryImage(1);
  await writeArchive(imageContent(image), fifo, "oci");
  await ended;
  closeSync(output);
  const expected = digestOf(Buffer.concat(await Array.fromAsync(archive(imageContent(image), "oci"))));
  assert.equal(readFileSync(sum, "utf8").split(" ")[0], hexOf(expected));
  assert.ok(lstatSync(fifo).isFIFO());
});
