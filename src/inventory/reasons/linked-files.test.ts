import assert from "node:assert/strict";
import { test } from "node:test";
import { pathFromText } from "../../rootfs/path.ts";
import { linksOf } from "./linked-files.ts";

test("a file needs those that answer to the name, by their DT_SONAME or else their own", () => {
  const links = linksOf(
    new Map([
      [pathFromText("bin/a"), { soname: undefined, needed: ["libx.so.1", "plugin.so", "gone.so"] }],
      [pathFromText("lib/libx.so.1.2"), { soname: "libx.so.1", needed: [] }],
      [pathFromText("lib/plugin.so"), { soname: undefined, needed: ["libx.so.1"] }],
    ]),
  );
  assert.deepEqual(
    links.map(({ from, to, name }) => `${from} ${to} ${name}`),
    ["bin/a lib/libx.so.1.2 libx.so.1", "bin/a lib/plugin.so plugin.so", "lib/plugin.so lib/libx.so.1.2 libx.so.1"],
  );
});

test("thousands of files of one name that need one another make no thousands of links each", () => {
  const elf = new Map(
    Array.from({ length: 5000 }, (_, index) => [pathFromText(`lib/${index}`), { soname: "x", needed: ["x"] }] as const),
  );
  assert.ok(linksOf(elf).length <= 5000 * 50);
});
