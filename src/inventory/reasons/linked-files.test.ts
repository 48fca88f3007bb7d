import assert from "node:assert/strict";
import { test } from "node:test";
import { pathFromText } from "../../rootfs/path.ts";
import type { ElfClaim } from "../claim.ts";
import { linksOf } from "./linked-files.ts";

const elf = (soname: string | undefined, ...needed: string[]): ElfClaim => ({ kind: "elf", soname, needed });

test("a file needs those that answer to the name, by their DT_SONAME or else their own", () => {
  const links = linksOf(
    new Map([
      [pathFromText("bin/a"), elf(undefined, "libx.so.1", "plugin.so", "gone.so")],
      [pathFromText("lib/libx.so.1.2"), elf("libx.so.1")],
      [pathFromText("lib/plugin.so"), elf(undefined, "libx.so.1")],
    ]),
  );
  assert.deepEqual(
    links.map(({ from, to, name }) => `${from} ${to} ${name}`),
    ["bin/a lib/libx.so.1.2 libx.so.1", "bin/a lib/plugin.so plugin.so", "lib/plugin.so lib/libx.so.1.2 libx.so.1"],
  );
});

test("thousands of files of one name that need one another make no thousands of links each", () => {
  const files = new Map(
    Array.from({ length: 5000 }, (_, index) => [pathFromText(`lib/${index}`), elf("x", "x")] as const),
  );
  assert.ok(linksOf(files).length <= 5000 * 50);
});
