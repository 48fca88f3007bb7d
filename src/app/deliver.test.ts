import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { collect } from "../../test/support/bytes.ts";
import { MemoryBlobs } from "../../test/support/contents.ts";
import { FakeEngine } from "../../test/support/fake-engine.ts";
import { ownHome } from "../../test/support/home.ts";
import { layerTar } from "../../test/support/images.ts";
import { LyingRegistry } from "../../test/support/lying-registry.ts";
import { homeWithLogins, IMPATIENT_ACCESS } from "../../test/support/registry-scene.ts";
import { archiveOf, bare, file } from "../../test/support/tar.ts";
import { imageContent } from "../image/content.ts";
import { once } from "../image/image.ts";
import { closeHttp } from "../lib/http/agent.ts";
import { type ProgressEvent, progressTo, silentProgress } from "../lib/progress.ts";
import { Store } from "../store/store.ts";
import { type DeliveryOptions, deliver, prepareDelivery } from "./deliver.ts";

const CONFIG = { architecture: "amd64", os: "linux" };
const NOTHING: DeliveryOptions = {
  ...{ tags: [], outputs: [], idFile: undefined, progress: silentProgress, signal: undefined },
};

/** A store with a fresh image of these layers. */
async function fresh(t: TestContext, layers: readonly Uint8Array[] = [layerTar(1)], path = ownHome(t).store) {
  const store = Store.open(path);
  const lease = store.lease("test");
  t.after(async () => {
    await lease.release();
    await store.close();
  });
  const diffIDs = [];
  for (const layer of layers) diffIDs.push((await store.writeLayer(lease, once(layer))).diffID);
  const image = await store.putFreshImage(lease, { config: CONFIG, layers: diffIDs });
  return { store, lease, image, content: imageContent(image), at: (name: string) => join(path, "..", name) };
}

/** Files below a directory, sorted, with what they hold or lead to. */
function listing(directory: string): readonly string[] {
  return (readdirSync(directory, { recursive: true }) as string[]).sort().map((path) => {
    const stats = lstatSync(join(directory, path));
    if (stats.isSymbolicLink()) return `${path} -> ${readlinkSync(join(directory, path))}`;
    return stats.isFile() ? `${path}: ${readFileSync(join(directory, path), "utf8").slice(0, 20)}` : path;
  });
}

test("a directory and a tar are written without packing, and hold the same", async (t) => {
  const layers = [
    archiveOf([
      bare({ path: "a/", type: "directory", mode: 0o750, mtime: 7 }),
      file("a/b", "lower"),
      file("gone", "x"),
      file("a/first", "linked", { mode: 0o6755, mtime: 9 }),
      bare({ path: "z", type: "hardlink", linkname: "a/first" }),
    ]),
    archiveOf([
      file("a/b", "upper", { mode: 0o600 }),
      file(".wh.gone", ""),
      bare({ path: "l", type: "symlink", linkname: "/a" }),
    ]),
  ];
  const { store, content, at } = await fresh(t, layers);
  const outputs = [`type=local,dest=${at("out")}`, `type=tar,dest=${at("x.tar")}`];
  const delivered = await deliver(store, content, await prepareDelivery({ ...NOTHING, tags: ["app"], outputs }));
  assert.equal(delivered, content);
  assert.equal(store.isSettled("app"), false);
  assert.deepEqual(listing(at("out")), ["a", "a/b: upper", "a/first: linked", "l -> /a", "z: linked"]);
  mkdirSync(at("gnu"));
  execFileSync("tar", ["-xpf", at("x.tar"), "-C", at("gnu")]);
  const format = "%P %y %m %n %l %T@\n";
  const facts = (directory: string) =>
    execFileSync("find", [directory, "-mindepth", "1", "-printf", format], { encoding: "utf8" }).split("\n").sort();
  assert.deepEqual(facts(at("out")), facts(at("gnu")));
});

test("metadata of an image that was not packed has no digest; of one that was, what others see", async (t) => {
  const { store, content, image, at, lease } = await fresh(t);
  const metadataFile = at("meta.json");
  const read = () => JSON.parse(readFileSync(metadataFile, "utf8"));
  const options = { ...NOTHING, tags: ["app", "example.org/b:1"], metadataFile };
  await deliver(store, content, await prepareDelivery({ ...options, outputs: [at("out")] }));
  const names = "docker.io/library/app:latest,example.org/b:1";
  assert.deepEqual(read(), { "containerimage.config.digest": image.configDigest, "image.name": names });
  const packed = await deliver(
    store,
    content,
    await prepareDelivery({ ...options, outputs: [`oci:${at("oci")}`] }),
    lease,
  );
  const { mediaType, digest, size } = packed.descriptor;
  assert.deepEqual(read(), {
    "containerimage.config.digest": image.configDigest,
    "containerimage.descriptor": { mediaType, digest, size },
    "containerimage.digest": digest,
    "image.name": names,
  });
});

test("an index gives each platform a directory, or one over the other where they agree to it", async (t) => {
  const { store: path, at } = ownHome(t);
  await using store = Store.open(path);
  const blobs = new MemoryBlobs();
  const content = blobs.content(blobs.platforms());
  await using lease = store.lease("test");
  await store.putContent(lease, content);
  const metadataFile = at("meta.json");
  const outputs = [at("out"), `type=tar,dest=${at("x.tar")}`];
  await deliver(store, content, await prepareDelivery({ ...NOTHING, outputs, metadataFile }));
  const expected = ["linux_amd64", "linux_arm64"];
  assert.deepEqual(readdirSync(at("out")), expected);
  assert.deepEqual(readdirSync(join(at("out"), "linux_arm64/data")), ["file-1", "file-3"]);
  const tar = execFileSync("tar", ["-tf", at("x.tar")], { encoding: "utf8" });
  assert.match(
    tar,
    /^linux_amd64\/\nlinux_amd64\/data\/\nlinux_amd64\/data\/file-1\nlinux_amd64\/data\/file-2\nlinux_arm64\//,
  );
  const metadata = JSON.parse(readFileSync(metadataFile, "utf8"));
  assert.deepEqual(Object.keys(metadata), ["containerimage.descriptor", "containerimage.digest"]);
  const merged = [`type=local,platform-split=false,dest=${at("merged")}`];
  const refused = deliver(store, content, await prepareDelivery({ ...NOTHING, outputs: merged }));
  await assert.rejects(refused, { code: "FILE_CONFLICT", message: /\/data\/file-1/ });
  assert.equal(existsSync(at("merged")), false);
});

test("one platform gets a directory of its own where platform-split asks for it", async (t) => {
  const { store, content, at } = await fresh(t);
  const outputs = [`type=local,platform-split=true,dest=${at("out")}`];
  await deliver(store, content, await prepareDelivery({ ...NOTHING, outputs }));
  assert.deepEqual(readdirSync(at("out")), ["linux_amd64"]);
});

test("hostile layers write nothing outside the directory", async (t) => {
  const { store: path, at } = ownHome(t);
  mkdirSync(at("victim"));
  writeFileSync(join(at("victim"), "file"), "untouched");
  const layers = [
    archiveOf([
      bare({ path: "up", type: "symlink", linkname: "../victim" }),
      bare({ path: "absolute", type: "symlink", linkname: at("victim") }),
      bare({ path: "chain", type: "symlink", linkname: "a/../../../../../../../../.." }),
      bare({ path: "name", type: "symlink", linkname: join(at("victim"), "file") }),
    ]),
    archiveOf([
      file("up/file", "written"),
      file("absolute/file", "written"),
      file("chain/tmp/x", "written"),
      file("name", "written", { mode: 0o777 }),
      bare({ path: "hard", type: "hardlink", linkname: "up/file" }),
      bare({ path: "null", type: "char", devmajor: 1, devminor: 3 }),
    ]),
  ];
  const { store, content } = await fresh(t, layers, path);
  const warnings: string[] = [];
  const progress = progressTo((event: ProgressEvent) => {
    if (event.kind === "note") warnings.push(event.text);
  });
  await deliver(store, content, await prepareDelivery({ ...NOTHING, progress, outputs: [at("out")] }));
  assert.deepEqual(listing(at("victim")), ["file: untouched"]);
  assert.ok(lstatSync(join(at("out"), "name")).isFile());
  assert.deepEqual(warnings, [`${at("out")}: devices and named pipes are not written: /null`]);
});

test("a tar or an archive goes to the standard output, of which there is one", async (t) => {
  const { store, content, at, lease } = await fresh(t);
  let bytes: Buffer = Buffer.alloc(0);
  const stdout = () => async (stream: AsyncIterable<Uint8Array>) => {
    bytes = await collect(stream);
  };
  await deliver(store, content, await prepareDelivery({ ...NOTHING, outputs: ["-"], stdout }), lease);
  const tar = execFileSync("tar", ["-t"], { input: bytes, encoding: "utf8" });
  assert.equal(tar, "data/\ndata/file-1\n");
  for (const flavour of ["oci", "docker"]) {
    const options = { ...NOTHING, tags: ["app:1"], stdout };
    const outputs = [`type=${flavour}`, `type=${flavour},dest=${at(flavour)}`];
    const first = flavour === "docker" ? `type=docker,dest=-` : (outputs[0] as string);
    await deliver(store, content, await prepareDelivery({ ...options, outputs: [first, outputs[1] as string] }), lease);
    assert.ok(bytes.equals(readFileSync(at(flavour))), flavour);
  }
  await assert.rejects(prepareDelivery({ ...NOTHING, outputs: ["-", "type=oci"], stdout }), { code: "USAGE" });
});

test("what cannot be written is refused before anything is", async (t) => {
  const { at } = ownHome(t);
  writeFileSync(at("file"), "");
  mkdirSync(at("directory"));
  for (const [outputs, code] of [
    [[at("new"), at("file")], "USAGE"],
    [[`type=tar,dest=${at("directory")}`], "USAGE"],
    [[`type=tar,dest=${at("missing/x.tar")}`], "NO_SUCH_PATH"],
    [["type=registry"], "USAGE"],
    [["type=docker"], "USAGE"],
  ] as const) {
    await assert.rejects(prepareDelivery({ ...NOTHING, outputs }), { code }, outputs.join(" "));
  }
  await assert.rejects(prepareDelivery({ ...NOTHING, metadataFile: at("directory") }), { code: "USAGE" });
  assert.deepEqual(readdirSync(at(".")).sort(), ["directory", "file"]);
});

test("interrupted, no tar and no name is there", async (t) => {
  const { store, content, at } = await fresh(t, [layerTar(1, 5_000_000)]);
  const interrupt = new AbortController();
  const progress = progressTo((event: ProgressEvent) => {
    if (event.kind === "start" && event.title.startsWith("Writing")) setTimeout(() => interrupt.abort(), 1);
  });
  const options = { ...NOTHING, tags: ["app"], outputs: [`type=tar,dest=${at("x.tar")}`] };
  const delivery = await prepareDelivery({ ...options, progress, signal: interrupt.signal, metadataFile: at("meta") });
  await assert.rejects(deliver(store, content, delivery), { code: "CANCELLED" });
  assert.deepEqual(readdirSync(at(".")), ["store"]);
  assert.equal(store.image("app"), undefined);
});

test("names of type=image are names in the store, and several in one repository are uploaded once", async (t) => {
  const registry = await LyingRegistry.start();
  t.after(async () => {
    await closeHttp();
    await registry.close();
  });
  const path = join(homeWithLogins(t), "home", "store");
  const { store, content, lease } = await fresh(t, [layerTar(1), layerTar(2)], path);
  const names = ["a", "b", "c"].map((tag) => `${registry.host}/team/app:${tag}`);
  const outputs = [
    `type=image,"name=${names.slice(0, 2).join(",")}",push=true`,
    `docker://${names[2]}`,
    `docker://${names[0]}`,
  ];
  await deliver(store, content, await prepareDelivery({ ...NOTHING, ...IMPATIENT_ACCESS, outputs }), lease);
  const { tags, manifests } = registry.memory.repository("team/app");
  assert.deepEqual([...tags.keys()].sort(), ["a", "b", "c"]);
  assert.equal(manifests.size, 1);
  assert.ok(store.image(names[0] as string));
  assert.ok(store.image(names[1] as string));
  assert.equal(store.image(names[2] as string), undefined);
  const named = registry.asked.filter(({ method, path: asked }) => method === "PUT" && asked.includes("/manifests/"));
  assert.equal(named.length, 3);
  // One upload each for the check before the work, two layers and the config.
  const uploads = registry.asked.filter(({ method, path: asked }) => method === "POST" && asked.includes("/uploads/"));
  assert.equal(uploads.length, 4);
});

test("type=docker loads into the engine, under the names that it has or those of -t", async (t) => {
  const { store, content, at, lease } = await fresh(t);
  mkdirSync(at("engine"));
  const engine = await FakeEngine.start(at("engine"));
  const before = process.env.DOCKER_HOST;
  process.env.DOCKER_HOST = engine.host;
  t.after(async () => {
    if (before === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = before;
    await engine.close();
  });
  const load = async (output: string, ...tags: readonly string[]) => {
    engine.images.clear();
    await deliver(store, content, await prepareDelivery({ ...NOTHING, tags, outputs: [output] }), lease);
    return [...engine.images.keys()].filter((name) => !name.startsWith("sha256:")).sort();
  };
  assert.deepEqual(await load("type=docker", "a", "b:1"), ["a:latest", "b:1"]);
  assert.deepEqual(await load("type=docker,name=c", "a"), ["c:latest"]);
});
