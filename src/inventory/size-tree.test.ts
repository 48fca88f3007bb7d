import assert from "node:assert/strict";
import { test } from "node:test";
import { layeredImage } from "../../test/support/layered-image.ts";
import { fileNode } from "../../test/support/root-trees.ts";
import { type SizeNode, sizesByOwner, sizesByPath } from "./size-tree.ts";

const inode = {};
const ENTRIES = {
  "a/small": "1",
  "a/deep/large": "x".repeat(100),
  "b/one": fileNode("y".repeat(10), {}, inode),
  "b/two": fileNode("y".repeat(10), {}, inode),
  "app/node_modules/ms/package.json": '{"name":"ms","version":"2.1.3"}',
  "app/node_modules/ms/index.js": "z".repeat(1000),
};

const shown = ({ name, bytes, children }: SizeNode): unknown =>
  children.length === 0 ? `${name} ${bytes}` : [`${name} ${bytes}`, ...children.map(shown)];

test("directories stand by size, to the depth that was asked for, and a file with two names counts once", async (t) => {
  const { tree } = await layeredImage(t, [{ entries: ENTRIES }]);
  assert.deepEqual(shown(sizesByPath(tree, 1)), ["/ 1142", "app 1031", "a 101", "b 10"]);
  assert.deepEqual(shown(sizesByPath(tree, 2)), [
    "/ 1142",
    ["app 1031", "node_modules 1031"],
    ["a 101", "deep 100", "small 1"],
    ["b 10", "one 10", "two 0"],
  ]);
});

test("owners stand by size, with their files below", async (t) => {
  const { tree, inventory } = await layeredImage(t, [{ entries: ENTRIES }]);
  assert.deepEqual(shown(sizesByOwner(tree, inventory, 1)), ["image 1142", "ms 2.1.3 (npm) 1031", "nobody 111"]);
  const [ms] = sizesByOwner(tree, inventory, 2).children;
  assert.deepEqual(ms && shown(ms), [
    "ms 2.1.3 (npm) 1031",
    "/app/node_modules/ms/index.js 1000",
    "/app/node_modules/ms/package.json 31",
  ]);
});

test("one package of two architectures is two", async (t) => {
  const stanza = (architecture: string) => `Package: libx\nVersion: 1\nArchitecture: ${architecture}\n\n`;
  const { tree, inventory } = await layeredImage(t, [
    {
      entries: {
        "lib/a": "1",
        "lib/b": "22",
        "var/lib/dpkg/status": stanza("amd64") + stanza("i386"),
        "var/lib/dpkg/info/libx:amd64.list": "/lib/a\n",
        "var/lib/dpkg/info/libx:i386.list": "/lib/b\n",
      },
    },
  ]);
  assert.deepEqual(
    sizesByOwner(tree, inventory, 1).children.map(({ name, bytes }) => `${name} ${bytes}`),
    ["nobody 91", "libx 1 (deb) 9", "libx 1 (deb) 8"],
  );
});
