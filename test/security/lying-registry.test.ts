import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import { copyImage } from "../../src/app/copy-image.ts";
import { pullImage } from "../../src/app/pull-image.ts";
import type { RegistryAccess } from "../../src/app/registry-access.ts";
import { writeLayout } from "../../src/image/layout-sink.ts";
import { parseSource } from "../../src/image/source/location.ts";
import { openSource } from "../../src/image/source/open.ts";
import { type Digest, digestOf } from "../../src/lib/digest.ts";
import { DistillError, exitStatusOf } from "../../src/lib/errors.ts";
import { closeHttp } from "../../src/lib/http/agent.ts";
import { readAll } from "../support/contents.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { LyingRegistry } from "../support/lying-registry.ts";
import { homeWithLogins, IMPATIENT, IMPATIENT_ACCESS, judgeStore, LOGIN } from "../support/registry-scene.ts";
import { BLOB_LIES, IMAGE_LIES, INDEX_LIES } from "./blob-lies.ts";
import { type Case, IMAGE, LONG_IMAGE, type Scene } from "./cases.ts";
import { MANIFEST_LIES } from "./manifest-lies.ts";
import { UPLOAD_LIES } from "./upload-lies.ts";

const layout = makeTemporaryDirectory();

after(() => closeHttp());

/** Where nothing may hang, this is for ever. */
const TIMEOUT = { timeout: 20_000 };

async function openScene(
  t: TestContext,
  { login, options }: Case,
  full = true,
): Promise<Scene & { directory: string }> {
  const auth = login === undefined ? {} : { auth: { scheme: login, ...LOGIN } };
  const registry = await LyingRegistry.start({ ...auth, ...options });
  const other = await LyingRegistry.start({ address: "127.0.0.2" });
  t.after(() => Promise.all([registry.close(), other.close()]));
  for (const each of full ? [registry, other] : []) await each.hold("app", "v1", IMAGE.content);
  return { registry, other, directory: homeWithLogins(t, registry.host) };
}

function accessOf({ attempts = IMPATIENT.attempts }: Case): RegistryAccess {
  return { ...IMPATIENT_ACCESS, policy: { ...IMPATIENT, attempts } };
}

/** Runs the work and judges how it ends; gives the digest of what it brought. */
async function judge(each: Case, { other }: Scene, work: () => Promise<Digest>): Promise<Digest | undefined> {
  let digest: Digest | undefined;
  let failure: unknown;
  try {
    digest = await work();
  } catch (error) {
    failure = error;
  }
  for (const { headers } of other.asked) assert.equal(headers.authorization, undefined, "told to another host");
  if (each.ends === "right") {
    if (failure !== undefined) throw failure;
    return digest;
  }
  assert.ok(failure instanceof DistillError, failure === undefined ? "it succeeded" : String(failure));
  assert.ok(each.ends.includes(failure.code), `${failure.code}: ${failure.message}`);
  const own = failure.code === "UNSUPPORTED" || failure.code === "NO_SUCH_IMAGE";
  assert.equal(exitStatusOf(failure), own ? 2 : 4);
  assert.match(failure.message, each.says ?? /./);
  const told = `${failure.message} ${failure.hint} ${String(failure.cause)}`;
  for (const secret of [LOGIN.password, Buffer.from(`${LOGIN.user}:${LOGIN.password}`).toString("base64")]) {
    assert.ok(!told.includes(secret), "a secret in an error");
  }
  return undefined;
}

async function pulls(t: TestContext, each: Case, all: boolean): Promise<void> {
  const scene = await openScene(t, each);
  await each.lie(scene);
  const options = { ...accessOf(each), all, platform: undefined };
  const digest = await judge(each, scene, async () => {
    return (await pullImage(`${scene.registry.host}/app:v1`, options)).digest;
  });
  const named = digest === undefined ? [] : [IMAGE.root.digest];
  assert.deepEqual(await judgeStore(), { named, problems: [] });
}

async function copies(t: TestContext, each: Case, all: boolean): Promise<void> {
  const scene = await openScene(t, each);
  await each.lie(scene);
  const layout = `oci:${join(scene.directory, "layout")}`;
  const options = { ...accessOf(each), all, platform: undefined };
  const digest = await judge(each, scene, async () => {
    return (await copyImage(`docker://${scene.registry.host}/app:v1`, layout, options)).descriptor.digest;
  });
  if (digest === undefined) {
    assert.equal(existsSync(join(scene.directory, "layout")), false, "a failed copy has left something");
    return;
  }
  await using source = await openSource(parseSource(layout) ?? assert.fail(), undefined);
  assert.ok((await readAll(source.content)).includes(IMAGE.root.digest));
}

describe("a pull from a registry that", () => {
  for (const each of [...MANIFEST_LIES, ...BLOB_LIES, ...IMAGE_LIES]) {
    test(each.name, TIMEOUT, (t) => pulls(t, each, false));
  }
  for (const each of INDEX_LIES) test(each.name, TIMEOUT, (t) => pulls(t, each, true));
});

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
  for (const each of UPLOAD_LIES) test(each.name, TIMEOUT, (t) => pushes(t, each));
});

describe("a copy to a layout from a registry that", () => {
  for (const each of [...MANIFEST_LIES, ...BLOB_LIES]) test(each.name, TIMEOUT, (t) => copies(t, each, false));
  for (const each of INDEX_LIES) test(each.name, TIMEOUT, (t) => copies(t, each, true));
});
