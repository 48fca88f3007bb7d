import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, describe, type TestContext, test } from "node:test";
import { copyImage } from "../../src/app/copy-image.ts";
import { parseLocalSource } from "../../src/image/source/location.ts";
import { openSource } from "../../src/image/source/open.ts";
import { closeHttp } from "../../src/lib/http/agent.ts";
import { readAll } from "../support/contents.ts";
import { BLOB_LIES, INDEX_LIES } from "./blob-lies.ts";
import { type Case, IMAGE, nameOf } from "./cases.ts";
import { accessOf, FOR_EVER, judge, openScene } from "./judge.ts";
import { MANIFEST_LIES } from "./manifest-lies.ts";

after(() => closeHttp());

async function copies(t: TestContext, each: Case, all: boolean): Promise<void> {
  const scene = await openScene(t, each);
  await each.lie(scene);
  const layout = `oci:${join(scene.directory, "layout")}`;
  const options = { ...accessOf(each), all, platform: undefined };
  const digest = await judge(each, scene, async () => {
    return (await copyImage(`docker://${nameOf(scene, each)}`, layout, options)).descriptor.digest;
  });
  if (digest === undefined) {
    assert.equal(existsSync(join(scene.directory, "layout")), false, "a failed copy has left something");
    return;
  }
  await using source = await openSource(parseLocalSource(layout) ?? assert.fail(), undefined);
  assert.ok((await readAll(source.content)).includes(IMAGE.root.digest));
}

describe("a copy to a layout from a registry that", () => {
  for (const each of [...MANIFEST_LIES, ...BLOB_LIES]) test(each.name, FOR_EVER, (t) => copies(t, each, false));
  for (const each of INDEX_LIES) test(each.name, FOR_EVER, (t) => copies(t, each, true));
});
