import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { collect, pieces } from "../../../test/support/bytes.ts";
import { archiveOf, file } from "../../../test/support/tar.ts";
import { anyEntry } from "../../../test/support/tar-arbitraries.ts";
import { isDistillError } from "../../lib/errors.ts";
import type { TarMember } from "./cursor.ts";
import { outlineMembers, outlineOf } from "./outline.ts";
import { seekTarBytes } from "./seek.ts";

async function viaOutline(archive: Buffer, cut = 1000): Promise<readonly TarMember[]> {
  const outline = await collect(outlineOf(pieces(archive, cut), archive.length));
  return Array.fromAsync(outlineMembers(pieces(outline, cut)));
}

function direct(archive: Buffer): Promise<readonly TarMember[]> {
  const read = async (offset: number, length: number) => archive.subarray(offset, offset + length);
  return Array.fromAsync(seekTarBytes({ size: archive.length, read }));
}

test("an outline tells the entries of any archive, and where their bodies are", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyEntry, { maxLength: 12 }), fc.integer({ min: 1, max: 3000 }), async (entries, cut) => {
      const archive = archiveOf(entries);
      assert.deepEqual(await viaOutline(archive, cut), await direct(archive));
    }),
    { numRuns: 150 },
  );
});

test("it holds no bodies", async () => {
  const archive = archiveOf([file("a", Buffer.alloc(1_000_000)), file("b", "1")]);
  const outline = await collect(outlineOf(pieces(archive, 70_000), archive.length));
  assert.ok(outline.length < 4096, String(outline.length));
  const [a, b] = await viaOutline(archive);
  assert.deepEqual([a?.header.size, a?.offset, b?.offset], [1_000_000, 512, 512 + 1_000_448 + 512]);
});

test("what is no archive, or is cut, fails as it does when it is read whole", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyEntry, { minLength: 1, maxLength: 4 }),
      fc.nat(),
      fc.nat({ max: 255 }),
      fc.boolean(),
      async (entries, place, value, isCut) => {
        const whole = archiveOf(entries);
        const archive = isCut ? whole.subarray(0, place % whole.length) : Buffer.from(whole);
        if (!isCut) archive[place % archive.length] = value;
        const [here, there] = await Promise.allSettled([viaOutline(archive), direct(archive)]);
        assert.equal(here.status, there.status);
        if (here.status === "rejected") assert.ok(isDistillError(here.reason), String(here.reason));
      },
    ),
    { numRuns: 300 },
  );
});
