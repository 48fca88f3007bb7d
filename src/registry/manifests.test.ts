import assert from "node:assert/strict";
import { after, type TestContext, test } from "node:test";
import { LyingRegistry } from "../../test/support/lying-registry.ts";
import { clientFor, SizedImage } from "../../test/support/registry-scene.ts";
import { digestOf } from "../lib/digest.ts";
import { closeHttp } from "../lib/http/agent.ts";
import { deleteManifest, getManifest, headManifest, putManifest } from "./manifests.ts";

const { content } = new SizedImage(3, 1000);
const { digest, size, mediaType } = content.descriptor;
const OTHER = digestOf("another");

after(() => closeHttp());

async function open(t: TestContext) {
  const registry = await LyingRegistry.start();
  t.after(() => registry.close());
  await registry.hold("app", "v1", content);
  return { registry, client: clientFor(registry.host) };
}

test("a manifest comes byte for byte, by tag and by digest", async (t) => {
  const { client } = await open(t);
  for (const name of ["v1", digest]) {
    const { raw, descriptor } = await getManifest(client, name);
    assert.deepEqual(Buffer.from(raw), Buffer.from(content.raw));
    assert.deepEqual(descriptor, { mediaType, digest, size });
  }
});

test("a media type loses its parameters and its capitals", async (t) => {
  const { registry, client } = await open(t);
  registry.fault("", { kind: "change", headers: { "content-type": `${mediaType.toUpperCase()} ; charset=utf-8` } });
  assert.equal((await getManifest(client, "v1")).descriptor.mediaType, mediaType);
});

test("a manifest of another digest or size than was asked for is DIGEST_MISMATCH", async (t) => {
  const { registry, client } = await open(t);
  await assert.rejects(getManifest(client, digest, size + 1), { code: "DIGEST_MISMATCH" });
  registry.fault("", { kind: "change", body: (bytes) => `${bytes} ` });
  await assert.rejects(getManifest(client, digest), { code: "DIGEST_MISMATCH" });
});

test("what is not there is NO_SUCH_IMAGE, and where to look", async (t) => {
  const { client } = await open(t);
  await assert.rejects(getManifest(client, "v2"), { code: "NO_SUCH_IMAGE", hint: /distill ls-tags .*\/app/ });
});

test("the digest of a tag comes from a header, or from the manifest where that says nothing of use", async (t) => {
  const { registry, client } = await open(t);
  assert.equal(await headManifest(client, "v1"), digest);
  assert.equal(await headManifest(client, "v2"), undefined);
  assert.deepEqual(registry.requests("GET"), []);
  for (const header of [undefined, "sha512:00", "nonsense"]) {
    registry.fault("HEAD", { kind: "change", headers: { "docker-content-digest": header }, times: 1 });
    assert.equal(await headManifest(client, "v1"), digest);
  }
  assert.equal(registry.requests("GET").length, 3);
});

test("a manifest is put as it is, and a registry that says that it stored another is not believed", async (t) => {
  const { registry, client } = await open(t);
  await putManifest(client, "v2", content);
  const { manifests, tags } = registry.memory.repository("app");
  assert.equal(tags.get("v2"), digest);
  assert.deepEqual(manifests.get(digest), { bytes: Buffer.from(content.raw), type: mediaType });
  registry.fault("PUT", { kind: "change", headers: { "docker-content-digest": OTHER } });
  await assert.rejects(putManifest(client, "v3", content), { code: "REGISTRY" });
});

test("deleting says whether there was something, and whether the registry does that at all", async (t) => {
  const { registry, client } = await open(t);
  await assert.rejects(deleteManifest(client, OTHER), { code: "NO_SUCH_IMAGE" });
  await deleteManifest(client, digest);
  assert.equal(registry.memory.repository("app").tags.size, 0);
  registry.fault("DELETE", { kind: "answer", status: 405 });
  await assert.rejects(deleteManifest(client, digest), { code: "UNSUPPORTED" });
});
