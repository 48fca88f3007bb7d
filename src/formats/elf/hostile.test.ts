import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import fc from "fast-check";
import { elfImage } from "../../../test/support/elf-image.ts";
import { BytesSource } from "../../../test/support/pages.ts";
import { isDistillError } from "../../lib/errors.ts";
import { type ElfFile, readElf } from "./read.ts";

const BOUND = 16 * 1024 * 1024;

/** Reads what may be broken: nothing but a DistillError may come of it, nor more than a bounded number of reads. */
async function attempt(bytes: Uint8Array): Promise<ElfFile | undefined | "refused"> {
  const source = new BytesSource(bytes);
  try {
    return await readElf(source);
  } catch (error) {
    if (isDistillError(error, "FORMAT_INVALID", "LIMIT_EXCEEDED")) return "refused";
    throw error;
  } finally {
    assert.ok(source.bytesRead <= Math.min(BOUND, bytes.length));
  }
}

const IMAGE = elfImage({
  interpreter: "/lib64/ld-linux-x86-64.so.2",
  needed: ["libc.so.6", "libm.so.6"],
  soname: "libx.so",
  runpath: "/a:/b",
  versionNeeds: [{ library: "libc.so.6", versions: ["GLIBC_2.34", "GLIBC_2.4"] }],
  versionDefinitions: ["libx.so", "X_1"],
  isaNeeded: 1,
});

async function refuses(bytes: Uint8Array, code: "FORMAT_INVALID" | "LIMIT_EXCEEDED", message: RegExp): Promise<void> {
  await assert.rejects(readElf(new BytesSource(bytes)), (error) => {
    assert.ok(isDistillError(error, code), String(error));
    assert.match(error.message, message);
    return true;
  });
}

/** A copy of IMAGE with one field changed. */
function changed(change: (view: DataView) => void, image = IMAGE): Uint8Array {
  const copy = Uint8Array.from(image);
  change(new DataView(copy.buffer));
  return copy;
}

describe("readElf of hostile files", () => {
  test("never takes a truncated file for a whole one, wherever it is cut", async () => {
    for (let length = 64; length < IMAGE.length; length++) {
      assert.equal(await attempt(IMAGE.subarray(0, length)), "refused", `cut at ${length}`);
    }
  });

  test("survives any flipped bytes of a synthetic file", async () => {
    const flips = fc.array(fc.tuple(fc.nat(IMAGE.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(flips, async (list) => {
        const copy = Uint8Array.from(IMAGE);
        for (const [at, mask] of list) copy[at] = (copy[at] as number) ^ mask;
        await attempt(copy);
      }),
      { numRuns: 1000 },
    );
  });

  const real = ["/usr/bin/env", "/bin/sh"].find((path) => existsSync(path));
  test("survives truncations and flipped bytes of a real executable", {
    skip: real === undefined ? "needs /usr/bin/env" : false,
  }, async () => {
    const whole = new Uint8Array(await readFile(real ?? ""));
    const position = fc.oneof(fc.nat(1023), fc.nat(4095), fc.nat(whole.length - 1));
    await fc.assert(
      fc.asyncProperty(
        fc.option(fc.nat(whole.length), { nil: whole.length }),
        fc.array(fc.tuple(position, fc.nat(255)), { maxLength: 6 }),
        async (length, flips) => {
          const copy = whole.slice(0, length);
          for (const [at, value] of flips) copy[at] = value;
          await attempt(copy);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("stops when names are scattered over a file of a terabyte", async () => {
    const dynamic = Array.from({ length: 3000 }, (_, index) => [1, BigInt(index * 20_000)] as const);
    const terabyte = 2n ** 40n;
    const image = changed(
      (view) => {
        view.setBigUint64(64 + 32, terabyte, true);
        view.setBigUint64(view.byteLength - 24, terabyte, true);
      },
      elfImage({ dynamic, soname: "x" }),
    );
    let bytesRead = 0;
    const source = {
      size: Number(terabyte),
      async read(offset: number, length: number) {
        bytesRead += length;
        const page = new Uint8Array(length);
        page.set(image.subarray(offset, offset + length));
        return page;
      },
    };
    await assert.rejects(readElf(source), (error) => isDistillError(error, "LIMIT_EXCEEDED"));
    assert.ok(bytesRead <= BOUND);
  });

  test("refuses a word size, byte order or program header size that does not exist", async () => {
    await refuses(
      changed((view) => view.setUint8(4, 3)),
      "FORMAT_INVALID",
      /word size/,
    );
    await refuses(
      changed((view) => view.setUint8(5, 0)),
      "FORMAT_INVALID",
      /byte order/,
    );
    await refuses(
      changed((view) => view.setUint16(54, 32, true)),
      "FORMAT_INVALID",
      /program headers are 32 bytes/,
    );
  });

  test("refuses a program header table that is too long or lies outside of the file", async () => {
    await refuses(
      changed((view) => view.setUint16(56, 0xffff, true)),
      "LIMIT_EXCEEDED",
      /65534/,
    );
    await refuses(
      changed((view) => view.setUint16(56, 0xfffe, true)),
      "FORMAT_INVALID",
      /outside/,
    );
    await refuses(
      changed((view) => view.setBigUint64(32, 2n ** 64n - 1n, true)),
      "FORMAT_INVALID",
      /outside/,
    );
  });

  test("refuses names that are too long, unterminated or too many", async () => {
    await refuses(elfImage({ needed: ["x".repeat(4097)] }), "FORMAT_INVALID", /longer than 4096/);
    await refuses(elfImage({ dynamic: [[1, 2n ** 63n]] }), "FORMAT_INVALID", /does not end/);
    await refuses(elfImage({ interpreter: "x".repeat(5000) }), "FORMAT_INVALID", /interpreter/);
    const many = Array.from({ length: 5000 }, (_, index) => [1, BigInt(index)] as const);
    await refuses(elfImage({ dynamic: many, soname: "x".repeat(5000) }), "LIMIT_EXCEEDED", /needed libraries/);
  });

  test("refuses names that overlap to more than 4 MiB", async () => {
    const overlapping = Array.from({ length: 4000 }, () => [1, 1n] as const);
    await refuses(elfImage({ dynamic: overlapping, soname: "x".repeat(4000) }), "LIMIT_EXCEEDED", /4 MiB/);
  });

  test("ends a version chain that is announced as endless", async () => {
    const versions = Array.from({ length: 20000 }, () => "V");
    await refuses(
      elfImage({
        versionNeeds: [
          { library: "l", versions: versions.slice(0, 9000) },
          { library: "m", versions: versions.slice(0, 9000) },
        ],
      }),
      "LIMIT_EXCEEDED",
      /symbol versions/,
    );
    await refuses(elfImage({ versionDefinitions: versions }), "LIMIT_EXCEEDED", /symbol versions/);
  });

  test("refuses tables at an address that no segment loads", async () => {
    await refuses(elfImage({ dynamic: [[0x6ffffffe, 0x10n]], soname: "x" }), "FORMAT_INVALID", /address 0x10/);
  });

  test("refuses a source that is shorter than it says", async () => {
    const source = { size: IMAGE.length, read: async () => IMAGE.subarray(0, 100) };
    await assert.rejects(readElf(source), (error) => isDistillError(error, "FORMAT_INVALID"));
  });
});
