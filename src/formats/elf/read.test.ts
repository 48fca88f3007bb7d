import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ElfImage, elfImage } from "../../../test/support/elf-image.ts";
import { BytesSource } from "../../../test/support/pages.ts";
import { type ElfFile, readElf } from "./read.ts";

async function read(image: ElfImage): Promise<ElfFile> {
  const elf = await readElf(new BytesSource(elfImage(image)));
  assert.ok(elf !== undefined);
  return elf;
}

const LIBRARY: ElfImage = {
  interpreter: "/lib/ld.so.1",
  needed: ["libm.so.6", "libc.so.6"],
  soname: "libx.so.1",
  rpath: "/opt/lib",
  runpath: "$ORIGIN/../lib::/usr/local/lib",
  flags: 0x80000002,
  flags1: 0x08000001,
  versionNeeds: [
    { library: "libc.so.6", versions: ["GLIBC_2.34", "GLIBC_2.2.5"], weak: ["GLIBC_2.2.5"] },
    { library: "libm.so.6", versions: ["GLIBC_2.29"] },
  ],
  versionDefinitions: ["libx.so.1", "X_1.0", "X_1.1"],
  isaNeeded: 5,
};

describe("readElf", () => {
  for (const wordSize of [32, 64] as const) {
    for (const littleEndian of [true, false]) {
      test(`reads a ${wordSize}-bit ${littleEndian ? "little" : "big"}-endian file`, async () => {
        assert.deepEqual(await read({ ...LIBRARY, class: wordSize, littleEndian }), {
          class: wordSize,
          littleEndian,
          machine: { number: 62, name: wordSize === 64 ? "x86-64" : "x32" },
          type: 3,
          flags: 0x80000002,
          osAbi: 0,
          abiVersion: 0,
          interpreter: "/lib/ld.so.1",
          hasDynamic: true,
          needed: ["libm.so.6", "libc.so.6"],
          soname: "libx.so.1",
          rpath: ["/opt/lib"],
          runpath: ["$ORIGIN/../lib", "", "/usr/local/lib"],
          pie: true,
          versionNeeds: [
            { library: "libc.so.6", versions: ["GLIBC_2.34", "GLIBC_2.2.5"], weak: ["GLIBC_2.2.5"] },
            { library: "libm.so.6", versions: ["GLIBC_2.29"], weak: [] },
          ],
          versionDefinitions: ["X_1.0", "X_1.1"],
          isaNeeded: 5,
        });
      });
    }
  }

  test("says of a static executable that nothing loads it", async () => {
    const elf = await read({ type: 2 });
    assert.equal(elf.hasDynamic, false);
    assert.equal(elf.interpreter, undefined);
    assert.deepEqual(elf.needed, []);
    assert.equal(elf.soname, undefined);
    assert.equal(elf.isaNeeded, undefined);
  });

  test("names machines by number, word size and byte order", async () => {
    const names: [number, 32 | 64, boolean, string][] = [
      [3, 32, true, "i386"],
      [8, 64, true, "mips64el"],
      [8, 32, false, "mips"],
      [21, 64, true, "ppc64le"],
      [21, 64, false, "ppc64"],
      [22, 64, false, "s390x"],
      [40, 32, true, "arm"],
      [183, 64, true, "aarch64"],
      [243, 64, true, "riscv64"],
      [243, 32, true, "riscv32"],
      [258, 64, true, "loongarch64"],
      [4711, 64, true, "machine 4711"],
    ];
    for (const [machine, wordSize, littleEndian, name] of names) {
      const elf = await read({ machine, class: wordSize, littleEndian });
      assert.deepEqual(elf.machine, { number: machine, name });
    }
  });

  test("maps addresses above 2^53 exactly", async () => {
    const elf = await read({ ...LIBRARY, base: 0xffffffff81000000n });
    assert.deepEqual(elf.needed, ["libm.so.6", "libc.so.6"]);
  });

  test("takes the last of repeated entries, as glibc does", async () => {
    const elf = await read({ dynamic: [[14, 999n]], soname: "libx.so.1" });
    assert.equal(elf.soname, "libx.so.1");
  });

  test("takes an empty search path as none", async () => {
    assert.deepEqual((await read({ runpath: "" })).runpath, []);
  });

  test("keeps the bytes of names that are not ASCII", async () => {
    assert.deepEqual((await read({ needed: ["lib\xe9\xff.so"] })).needed, ["lib\xe9\xff.so"]);
  });

  test("reads a search path of 60 KB, and a name of 4096 bytes", async () => {
    const list = Array.from({ length: 3000 }, (_, index) => `/opt/library/${index + 10000}`);
    const name = "x".repeat(4096);
    const elf = await read({ runpath: list.join(":"), needed: [name] });
    assert.deepEqual(elf.runpath, list);
    assert.deepEqual(elf.needed, [name]);
  });

  test("ignores the x86 property of another machine", async () => {
    assert.equal((await read({ ...LIBRARY, machine: 183 })).isaNeeded, undefined);
  });

  test("gives undefined for what is no ELF file", async () => {
    for (const bytes of ["", "\x7fELF", "#!/bin/sh\n".repeat(100), "\x7fELG".padEnd(200, "\0")]) {
      assert.equal(await readElf(new BytesSource(Buffer.from(bytes, "latin1"))), undefined);
    }
    const whole = elfImage(LIBRARY);
    assert.equal(await readElf(new BytesSource(whole.subarray(0, 63))), undefined);
  });

  test("reads the pages that it needs and no more of a large file", async () => {
    const image = Buffer.concat([elfImage(LIBRARY), Buffer.alloc(8 * 1024 * 1024)]);
    const source = new BytesSource(image);
    assert.ok((await readElf(source)) !== undefined);
    assert.equal(source.reads, 1);
  });
});
