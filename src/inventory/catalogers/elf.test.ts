import assert from "node:assert/strict";
import { test } from "node:test";
import { elfImage } from "../../../test/support/elf-image.ts";
import { sectionedElf } from "../../../test/support/elf-sections.ts";
import { claimsOf, layerOf } from "../../../test/support/layer-files.ts";
import { elfCataloger } from "./elf.ts";

const library = elfImage({ soname: "libx.so.1", needed: ["libc.so.6", "libm.so.6"] });

test("libraries and programs are told by name or mode", () => {
  const files = {
    "usr/lib/libx.so.1": library,
    "usr/lib/libx.so": library,
    "usr/lib/addon.node": library,
    "usr/bin/x": { bytes: library, mode: 0o755 },
    "usr/lib/libx.a": library,
    "usr/share/x.sock": library,
    "usr/lib/small.so": "x",
  };
  const wanted = layerOf(files).files.filter((file) => elfCataloger.wants(file));
  assert.deepEqual(
    wanted.map(({ path }) => path),
    ["usr/bin/x", "usr/lib/addon.node", "usr/lib/libx.so", "usr/lib/libx.so.1"],
  );
});

test("a compiled file says which library it is and which it needs", async () => {
  assert.deepEqual(await claimsOf(elfCataloger, { "lib/libx.so.1": library }), {
    claims: [{ kind: "elf", soname: "libx.so.1", needed: ["libc.so.6", "libm.so.6"] }],
    warnings: [],
  });
});

test("scripts and static programs claim nothing", async () => {
  const files = {
    "bin/script": { bytes: `#!/bin/sh\n${"x".repeat(100)}`, mode: 0o755 },
    "bin/static": { bytes: sectionedElf({ ".text": Buffer.from("x") }), mode: 0o755 },
  };
  assert.deepEqual(await claimsOf(elfCataloger, files), { claims: [], warnings: [] });
});

test("a broken file is told by name", async () => {
  const { claims, warnings } = await claimsOf(elfCataloger, {
    "lib/libx.so": library.subarray(0, library.length - 40),
  });
  assert.deepEqual(claims, []);
  assert.match(warnings.join("\n"), /^\/lib\/libx\.so: malformed ELF file: .*outside of the file$/);
});

test("broken section headers are told, and what the loader reads is given all the same", async () => {
  const broken = Uint8Array.from(library);
  new DataView(broken.buffer).setBigUint64(40, 2n ** 60n, true);
  new DataView(broken.buffer).setUint16(60, 3, true);
  const { claims, warnings } = await claimsOf(elfCataloger, { "lib/libx.so": broken });
  assert.equal(claims.length, 1);
  assert.match(warnings.join("\n"), /^\/lib\/libx\.so: malformed ELF file: the section header table lies outside/);
});
