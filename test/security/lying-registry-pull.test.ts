import assert from "node:assert/strict";
import { after, describe, type TestContext, test } from "node:test";
import { pullImage } from "../../src/app/pull-image.ts";
import { closeHttp } from "../../src/lib/http/agent.ts";
import { judgeStore } from "../support/registry-scene.ts";
import { BLOB_LIES, IMAGE_LIES, INDEX_LIES } from "./blob-lies.ts";
import { type Case, IMAGE, nameOf } from "./cases.ts";
import { accessOf, FOR_EVER, judge, openScene } from "./judge.ts";
import { MANIFEST_LIES } from "./manifest-lies.ts";

after(() => closeHttp());

async function pulls(t: TestContext, each: Case, all: boolean): Promise<void> {
  const scene = await openScene(t, each);
  await each.lie(scene);
  const options = { ...accessOf(each), all, platform: undefined };
  const digest = await judge(each, scene, async () => {
    return (await pullImage(nameOf(scene, each), options)).digest;
  });
  const named = digest === undefined ? [] : [IMAGE.root.digest];
  assert.deepEqual(await judgeStore(), { named, problems: [] });
}

describe("a pull from a registry that", () => {
  for (const each of [...MANIFEST_LIES, ...BLOB_LIES, ...IMAGE_LIES]) {
    test(each.name, FOR_EVER, (t) => pulls(t, each, false));
  }
  for (const each of INDEX_LIES) test(each.name, FOR_EVER, (t) => pulls(t, each, true));
});
