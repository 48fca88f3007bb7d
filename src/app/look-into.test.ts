import assert from "node:assert/strict";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { MemoryBlobs } from "../../test/support/contents.ts";
import { ownHome } from "../../test/support/home.ts";
import { writeLayout } from "../image/layout-sink.ts";
import type { InventorySummary } from "../inventory/inventory.ts";
import { silentProgress } from "../lib/progress.ts";
import { type LookedInto, withInventory } from "./look-into.ts";

const QUIET = { platform: undefined, offline: true, progress: silentProgress, signal: undefined };

/** A layout whose layers are other bytes, of the same sizes, once `spoil` was called. */
async function layout(t: TestContext): Promise<{ readonly name: string; spoil(): void }> {
  const { at } = ownHome(t);
  const blobs = new MemoryBlobs();
  const image = blobs.image("gzip", [1, 2]);
  await writeLayout(blobs.content(image), at("layout"), { tag: "image" });
  const spoil = (): void => {
    for (const path of globSync(`${at("layout")}/blobs/sha256/*`)) {
      const bytes = readFileSync(path);
      if (bytes[0] === 0x1f) writeFileSync(path, bytes.fill(0, 20));
    }
  };
  return { name: `oci:${at("layout")}:image`, spoil };
}

function look<T>(name: string, use: (image: LookedInto) => Promise<T>): Promise<T> {
  return withInventory(name, QUIET, use);
}

const summaryOf = async ({ summary }: LookedInto): Promise<InventorySummary> => summary;

test("an image elsewhere that was looked into is known by its config, and its layers are not read again", async (t) => {
  const { name, spoil } = await layout(t);
  const first = await look(name, summaryOf);
  assert.equal(first.layers.length, 2);
  spoil();
  assert.deepEqual(await look(name, summaryOf), JSON.parse(JSON.stringify(first)));
});

test("layers are verified before anything of them is believed", async (t) => {
  const { name, spoil } = await layout(t);
  await look(name, summaryOf);
  spoil();
  const wrong = { code: /^(?:DIGEST_MISMATCH|FORMAT_INVALID)$/ };
  await assert.rejects(
    look(name, ({ tree }) => tree()),
    wrong,
  );
  await assert.rejects(
    look(name, ({ inventory }) => inventory()),
    wrong,
  );
});

test("an image whose layers are not what they should be leaves nothing behind that would be believed later", async (t) => {
  const { name, spoil } = await layout(t);
  spoil();
  const wrong = { code: /^(?:DIGEST_MISMATCH|FORMAT_INVALID)$/ };
  await assert.rejects(look(name, summaryOf), wrong);
  await assert.rejects(look(name, summaryOf), wrong);
});
