import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, emptyTree, treeOf } from "../../../test/support/root-trees.ts";
import { pathFromText } from "../../rootfs/path.ts";
import { CarriedPackages } from "./carried-packages.ts";
import type { Selected } from "./selection.ts";

const BUILD = treeOf({
  "etc/os-release": 'ID=debian\nVERSION_ID="13"\n',
  "usr/lib/libpq.so.5": "pq",
  "usr/lib/mine.so": "mine",
  "var/lib/dpkg/status":
    "Package: libpq5\nStatus: install ok installed\nVersion: 17.2-1\nArchitecture: amd64\nSource: postgresql-17\n\n",
  "var/lib/dpkg/info/libpq5:amd64.list": "/usr/lib/libpq.so.5\n",
});

function selected(tree: typeof BUILD, path: string): Selected {
  const node = tree.get(pathFromText(path));
  assert.ok(node !== undefined);
  return { name: path.split("/").at(-1) ?? "", path: pathFromText(path), node };
}

test("files keep their package through any number of stages, wherever they go", async () => {
  const carried = new CarriedPackages();
  const [library] = await carried.labelled(BUILD, [selected(BUILD, "usr/lib")]);
  assert.ok(library !== undefined);
  // A stage without any database, and with other paths.
  const between = changed(emptyTree(), { opt: library.node });
  const [again] = await carried.labelled(between, [selected(between, "opt/libpq.so.5")]);
  assert.ok(again !== undefined);
  assert.deepEqual(
    carried
      .of(again.node, pathFromText("app/pq.so"))
      .map(({ purl, files, package: { source } }) => [purl, files, source]),
    [
      [
        "pkg:deb/debian/libpq5@17.2-1?arch=amd64&distro=debian-13",
        ["app/pq.so"],
        { name: "postgresql-17", version: "17.2-1" },
      ],
    ],
  );
  const [mine] = await carried.labelled(between, [selected(between, "opt/mine.so")]);
  assert.deepEqual(mine && carried.of(mine.node, pathFromText("mine.so")), []);
});

test("of a whole directory each package is told once, with its files where they went", async () => {
  const carried = new CarriedPackages();
  const [all] = await carried.labelled(BUILD, [selected(BUILD, "usr")]);
  assert.deepEqual(all && carried.of(all.node, pathFromText("usr")).map(({ files }) => files), [
    ["usr/lib/libpq.so.5"],
  ]);
});

test("a file that a step of the stage has changed is the package's no longer", async () => {
  const checksums = "2b1ee4a63e06e8a0cbe9a91db3e5e0e7  usr/lib/libpq.so.5\n";
  const changedTree = changed(BUILD, { "var/lib/dpkg/info/libpq5:amd64.md5sums": checksums });
  const carried = new CarriedPackages();
  const [library] = await carried.labelled(changedTree, [selected(changedTree, "usr/lib")]);
  assert.deepEqual(library && carried.of(library.node, pathFromText("usr/lib")), []);
});
