import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { elfImage } from "../../../test/support/elf-image.ts";
import { ELF_BASE, sectionedElf } from "../../../test/support/elf-sections.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { isDistillError } from "../../lib/errors.ts";
import { readLayout } from "./layout.ts";

function layoutOf(bytes: Uint8Array) {
  return readLayout({ size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) });
}

test("sections are found by name, in both word sizes and byte orders", async () => {
  for (const wordSize of [32, 64] as const) {
    for (const littleEndian of [true, false]) {
      const layout = await layoutOf(
        sectionedElf({ ".one": Buffer.alloc(5), ".two": Buffer.alloc(7) }, { class: wordSize, littleEndian }),
      );
      const first = wordSize === 64 ? 128 : 96;
      assert.deepEqual(layout?.sections.slice(1, 3), [
        { name: ".one", offset: first, size: 5 },
        { name: ".two", offset: first + 16, size: 7 },
      ]);
      const { type, flags, offset, address } = layout.segments[0] ?? {};
      assert.deepEqual([type, flags, offset, address], [1, 6, 0, BigInt(ELF_BASE)]);
      assert.deepEqual(layout.problems, []);
    }
  }
});

test("broken section headers or names of libraries are told, and the rest is read", async () => {
  const library = elfImage({ soname: "libx.so", needed: ["libc.so.6"] });
  const view = new DataView(library.buffer);
  view.setBigUint64(40, 2n ** 60n, true);
  view.setUint16(60, 3, true);
  const layout = await layoutOf(library);
  assert.deepEqual([layout?.soname, layout?.needed, layout?.sections], ["libx.so", ["libc.so.6"], []]);
  assert.match(layout?.problems.join() ?? "", /section header table lies outside/);
  const nameless = await layoutOf(elfImage({ dynamic: [[1, 2n ** 40n]] }));
  assert.deepEqual(nameless?.needed, []);
  assert.match(nameless?.problems.join() ?? "", /name of a needed library/);
});

test("tables of sections that are too long, or of the wrong size, are refused", async () => {
  const cases: readonly [number, number, RegExp][] = [
    [58, 40, /section headers are 40 bytes/],
    [60, 4097, /more than 4096 sections/],
    [60, 4000, /outside of the file/],
  ];
  for (const [at, value, problem] of cases) {
    const bytes = sectionedElf({ ".one": Buffer.alloc(5) });
    new DataView(bytes.buffer).setUint16(at, value, true);
    assert.match((await layoutOf(bytes))?.problems.join() ?? "", problem);
  }
});

test("bytes that were changed or cut anywhere are read or refused", async () => {
  const image = sectionedElf({ ".one": Buffer.alloc(50), ".two": Buffer.alloc(50) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(image.length - 1), fc.nat(255)), { maxLength: 6 }),
      fc.option(fc.nat(image.length), { nil: undefined }),
      async (changes, end) => {
        const copy = image.slice(0, end);
        for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
        await layoutOf(copy).catch((error: unknown) => {
          if (!isDistillError(error, "FORMAT_INVALID", "LIMIT_EXCEEDED")) throw error;
        });
      },
    ),
    { numRuns: 300 },
  );
});

test("readelf lists the same sections of a program", { skip: unlessTools("readelf") }, async () => {
  const path = "/bin/sh";
  const lines = execFileSync("readelf", ["-SW", path], { encoding: "utf8" }).split("\n");
  const expected = lines.flatMap((line) => {
    const [, name, type, offset, size] =
      /^ *\[ *\d+\] (\S+) +([A-Z]\S*) +[0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+) /.exec(line) ?? [];
    if (name === undefined || offset === undefined || size === undefined) return [];
    return [{ name, offset: Number.parseInt(offset, 16), size: type === "NOBITS" ? 0 : Number.parseInt(size, 16) }];
  });
  assert.ok(expected.length > 10);
  assert.deepEqual((await layoutOf(readFileSync(path)))?.sections.slice(1), expected);
});
