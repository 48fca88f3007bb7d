import assert from "node:assert/strict";
import { test } from "node:test";
import { symlinkNode, treeOf } from "../../test/support/root-trees.ts";
import { isDistillError } from "../lib/errors.ts";
import { resolveAccount } from "./accounts.ts";

const TREE = treeOf({
  "etc/passwd": [
    "root:x:0:0:root:/root:/sbin/nologin",
    "nonroot:x:65532:65532::/home/nonroot:/sbin/nologin",
    "app:x:1000:100:,,,:/app:",
    "broken:x",
    "odd:x:1.5:-1::/:",
    "",
  ].join("\n"),
  "etc/group": "root:x:0:\nusers:x:100:app,nonroot\nbroken:x::\n",
});

const CASES: readonly (readonly [text: string, uid: number, gid: number])[] = [
  ["0", 0, 0],
  ["0:0", 0, 0],
  ["root", 0, 0],
  ["app", 1000, 100],
  ["app:root", 1000, 0],
  ["app:7", 1000, 7],
  ["1000", 1000, 1000],
  ["1000:users", 1000, 100],
  ["4294967294:4294967294", 4294967294, 4294967294],
];

for (const [text, uid, gid] of CASES) {
  test(`owner ${text} is ${uid}:${gid}`, async () => {
    assert.deepEqual(await resolveAccount(TREE, text), { uid, gid });
  });
}

test("a name that the image does not know is refused with those that it knows", async () => {
  await assert.rejects(resolveAccount(TREE, "postgres"), (error) => {
    assert.ok(isDistillError(error, "CONFIG_INVALID"));
    assert.equal(error.message, "the image has no user called postgres");
    assert.match(error.hint ?? "", /^\/etc\/passwd of the image knows root, nonroot, app, broken, odd; /);
    return true;
  });
  await assert.rejects(resolveAccount(TREE, "app:wheel"), /the image has no group called wheel/);
});

test("an image without accounts takes numbers only", async () => {
  assert.deepEqual(await resolveAccount(treeOf({}), "5:6"), { uid: 5, gid: 6 });
  await assert.rejects(resolveAccount(treeOf({}), "root"), (error) => {
    return isDistillError(error, "CONFIG_INVALID") && /knows nobody/.test(error.hint ?? "");
  });
  await assert.rejects(resolveAccount(treeOf({ "etc/passwd": undefined }), "root"), /no user called root/);
});

test("an account without a valid number is refused", async () => {
  for (const name of ["broken", "odd", "1:broken"]) {
    await assert.rejects(resolveAccount(TREE, name), (error) => isDistillError(error, "FORMAT_INVALID"), name);
  }
});

test("a number that is no id is refused", async () => {
  await assert.rejects(resolveAccount(TREE, "4294967295"), (error) => isDistillError(error, "CONFIG_INVALID"));
});

test("passwd is found through links, inside the image", async () => {
  const tree = treeOf({ etc: symlinkNode("/../usr/etc"), "usr/etc/passwd": "me:x:5:6\n" });
  assert.deepEqual(await resolveAccount(tree, "me"), { uid: 5, gid: 6 });
});
