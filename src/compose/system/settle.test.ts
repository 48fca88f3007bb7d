import assert from "node:assert/strict";
import { test } from "node:test";
import { symlinkNode, treeOf } from "../../../test/support/root-trees.ts";
import { readContent } from "../../rootfs/content.ts";
import { displayPath, pathFromText } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { settled } from "./settle.ts";

const files = (tree: Tree): readonly string[] =>
  [...tree.entries()].filter(([, { type }]) => type !== "directory").map(([path]) => displayPath(path));

async function textAt(tree: Tree, path: string): Promise<string> {
  const node = tree.get(pathFromText(path));
  assert.equal(node?.type, "file");
  return node?.type === "file" ? Buffer.from(await readContent(node.content, 1e6)).toString() : "";
}

test("what says when packages were configured goes, what packages bring stays", async () => {
  const before = treeOf({ "var/log/apt/of-a-package": "1", "run/lock": undefined });
  const after = treeOf({
    "var/log/dpkg.log": "now",
    "var/log/alternatives.log": "now",
    "var/log/btmp": "",
    "var/cache/ldconfig/aux-cache": "1",
    "var/cache/debconf/config.dat": "1",
    "var/cache/debconf/config.dat-old": "1",
    "var/lib/dpkg/status": "1",
    "var/lib/dpkg/status-old": "1",
    "etc/passwd": "1",
    "etc/passwd-": "1",
    "etc/machine-id": "1",
    "run/lock": undefined,
    "run/reboot-required": "1",
    "tmp/x": "1",
  });
  const tree = await settled(after, before, { slim: false });
  assert.deepEqual(files(tree), [
    "/etc/passwd",
    "/var/cache/debconf/config.dat",
    "/var/lib/dpkg/status",
    "/var/log/btmp",
  ]);
  assert.ok(tree.get(pathFromText("/run/lock")));
});

test("no password has a day on which it was set", async () => {
  const shadow = "root:*:20783:0:99999:7:::\napp:!:0:0:99999:7:::\nold:x::0::::\n";
  const tree = await settled(treeOf({ "etc/shadow": shadow }), treeOf({}), { slim: false });
  assert.equal(await textAt(tree, "/etc/shadow"), "root:*::0:99999:7:::\napp:!::0:99999:7:::\nold:x::0::::\n");
});

test("a slim image has licences, and neither documentation nor empty directories for it", async () => {
  const all = treeOf({
    "usr/share/doc/a/copyright": "1",
    "usr/share/doc/a/changelog.gz": "1",
    "usr/share/doc/a/examples/x": "1",
    "usr/share/doc/b": symlinkNode("a"),
    "usr/share/man/man1/a.1.gz": "1",
    "usr/share/locale/de/LC_MESSAGES/a.mo": "1",
    "usr/share/locale/locale.alias": "1",
    "usr/share/a/doc/x": "1",
  });
  const tree = await settled(all, treeOf({}), { slim: true });
  assert.deepEqual(files(tree), [
    "/usr/share/a/doc/x",
    "/usr/share/doc/a/copyright",
    "/usr/share/doc/b",
    "/usr/share/locale/locale.alias",
  ]);
  assert.equal(tree.get(pathFromText("/usr/share/man/man1")), undefined);
  assert.equal(tree.get(pathFromText("/usr/share/doc/a/examples")), undefined);
  assert.ok(tree.get(pathFromText("/usr/share/man")));
});
