import assert from "node:assert/strict";
import { test } from "node:test";
import { layeredImage } from "../../test/support/layered-image.ts";
import { bytesOfText, pathFromText } from "../rootfs/path.ts";
import { inventoryJson } from "./inventory-json.ts";

const SUBJECT = { name: "app", imageID: "sha256:1", manifestDigest: "sha256:2", platform: "linux/amd64" };

const ENTRIES = {
  "var/lib/dpkg/status": "Package: libx1\nVersion: 1\nArchitecture: amd64\nDepends: libc6\n",
  "app/node_modules/a/package.json": JSON.stringify({ name: "a", version: "1.0.0" }),
};

test("an inventory that was kept is told in the same bytes as a new one", async (t) => {
  const { inventory } = await layeredImage(t, [{ entries: ENTRIES, story: { kind: "step", text: "RUN x" } }]);
  const { system, packages, layers, coverage, warnings } = inventory;
  const kept = JSON.parse(JSON.stringify({ system, packages, layers, coverage, warnings }));
  assert.equal(
    JSON.stringify(inventoryJson(SUBJECT, kept, undefined)),
    JSON.stringify(inventoryJson(SUBJECT, inventory, undefined)),
  );
});

test("paths of packages that were known by their content are told as those that steps copied", async (t) => {
  const { inventory } = await layeredImage(t, [{ entries: ENTRIES }]);
  const { facts, purl } = inventory.packages[0] ?? assert.fail();
  const packages = [{ package: facts, purl, files: [pathFromText("größe")] }];
  const layers = inventory.layers.map((layer) => ({
    ...layer,
    story: { ...layer.story, recognised: [{ origin: "contents of other", packages }] },
  }));
  const told = JSON.stringify(inventoryJson(SUBJECT, { ...inventory, layers }, undefined));
  assert.ok(told.includes(JSON.stringify([{ origin: "contents of other", packages: [{ purl, files: ["/größe"] }] }])));
  assert.ok(!told.includes(bytesOfText("größe")));
});
