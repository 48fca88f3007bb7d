import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { copyImage } from "../../src/app/copy-image.ts";
import { writeLayout } from "../../src/image/layout-sink.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { closeHttp } from "../../src/lib/http/agent.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { type Case, LONG_IMAGE } from "./cases.ts";
import { accessOf, FOR_EVER, judge, openScene } from "./judge.ts";
import { UPLOAD_LIES } from "./upload-lies.ts";

const layout = makeTemporaryDirectory();

after(() => closeHttp());

async function pushes(t: TestContext, each: Case): Promise<void> {
  const scene = await openScene(t, each, false);
  await each.lie(scene);
  const options = { ...accessOf(each), all: false, platform: undefined };
  const digest = await judge(each, scene, async () => {
    return (await copyImage(`oci:${layout.path}`, `docker://${scene.registry.host}/app:v1`, options)).descriptor.digest;
  });
  const { blobs, manifests, tags } = scene.registry.memory.repository("app");
  for (const [name, bytes] of blobs) assert.equal(digestOf(bytes), name, "a blob that is not what it is called");
  assert.deepEqual([...tags], digest === undefined ? [] : [["v1", LONG_IMAGE.root.digest]]);
  if (digest === undefined) return;
  assert.equal(blobs.size, 3);
  assert.deepEqual([...manifests.keys()], [LONG_IMAGE.root.digest]);
}

describe("a push to a registry that", () => {
  before(() => writeLayout(LONG_IMAGE.content, layout.path));
  after(() => layout.remove());
  for (const each of UPLOAD_LIES) test(each.name, FOR_EVER, (t) => pushes(t, each));
});
