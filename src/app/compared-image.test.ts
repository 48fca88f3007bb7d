import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { Store } from "../store/store.ts";
import { comparedPlace } from "./compared-image.ts";

async function scene(t: TestContext) {
  const directory = temporaryDirectory(t);
  const store = Store.open(join(directory, "store"));
  t.after(() => store.close());
  mkdirSync(join(directory, "app"));
  writeFileSync(join(directory, "app/Dockerfile.fat"), "FROM scratch\n");
  writeFileSync(join(directory, "app/image.tar"), "");
  return { store, at: (name: string) => join(directory, name) };
}

test("files and directories are built, a file with its folder as the context", async (t) => {
  const { store, at } = await scene(t);
  assert.deepEqual(comparedPlace(at("app"), store), { kind: "build", directory: at("app"), file: undefined });
  const file = at("app/Dockerfile.fat");
  assert.deepEqual(comparedPlace(file, store), { kind: "build", directory: at("app"), file });
  const address = "https://example.com/app.git#main";
  assert.deepEqual(comparedPlace(address, store), { kind: "build", directory: address, file: undefined });
});

test("what has a transport or is nowhere on this machine is an image", async (t) => {
  const { store } = await scene(t);
  const names = ["docker://debian", "oci:layout", "docker-archive:a.tar", "docker-daemon:a", "debian:trixie", "a/b"];
  for (const name of names) assert.deepEqual(comparedPlace(name, store), { kind: "image", name });
});

test("what begins like a path and is not there is told as such", async (t) => {
  const { store, at } = await scene(t);
  for (const name of [at("missing"), "./missing", "../missing/Dockerfile"]) {
    assert.throws(() => comparedPlace(name, store), { code: "NO_SUCH_PATH" }, name);
  }
});

test("an archive is no Dockerfile, and what it may be is told", async (t) => {
  const { store, at } = await scene(t);
  assert.throws(() => comparedPlace(at("app/image.tar"), store), {
    code: "USAGE",
    hint: new RegExp(`docker-archive:${at("app/image.tar")}`),
  });
});
