import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { collect, pieces } from "../../../test/support/bytes.ts";
import { archiveOf, file } from "../../../test/support/tar.ts";
import { anyEntry } from "../../../test/support/tar-arbitraries.ts";
import { isDistillError } from "../../lib/errors.ts";
import { seekTarBytes } from "./seek.ts";
import { type WatchedMember, watchTar } from "./watch.ts";

test("an archive passes unchanged, and each entry is told of with the digest of its body", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyEntry, { maxLength: 12 }), fc.integer({ min: 1, max: 3000 }), async (entries, cut) => {
      const archive = archiveOf(entries);
      const seen: WatchedMember[] = [];
      const passed = await collect(watchTar(pieces(archive, cut), (member) => seen.push(member)));
      assert.deepEqual(passed, archive);
      const read = async (offset: number, length: number) => archive.subarray(offset, offset + length);
      const members = await Array.fromAsync(seekTarBytes({ size: archive.length, read }));
      const expected = members.map((member) => {
        const body = archive.subarray(member.offset, member.offset + member.header.size);
        return { ...member, sha256: createHash("sha256").update(body).digest() };
      });
      assert.deepEqual(seen, expected);
    }),
    { numRuns: 150 },
  );
});

test("one that was cut fails at its end", async () => {
  const archive = archiveOf([file("a", "some text"), file("b", Buffer.alloc(2000))]);
  for (const length of [100, 512, 700, 1024, 1600, 2000]) {
    const watched = collect(watchTar(pieces(archive.subarray(0, length), 333), () => {}));
    await assert.rejects(watched, (error) => isDistillError(error, "FORMAT_INVALID"), `${length}`);
  }
});
