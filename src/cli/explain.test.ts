import assert from "node:assert/strict";
import { test } from "node:test";
import { layeredImage } from "../../test/support/layered-image.ts";
import { symlinkNode } from "../../test/support/root-trees.ts";
import { explain } from "../inventory/reasons/explain.ts";
import { explanationText } from "../ui/explanation.ts";
import { inventoryText } from "../ui/inventory.ts";

const ESCAPE = "\u001b]0;owned\u0007";

test("names of packages and files cannot move the cursor", async (t) => {
  const entries = {
    [`app/node_modules/a/${ESCAPE}`]: "x",
    "app/node_modules/a/package.json": JSON.stringify({ name: "a", version: "1.0.0" }),
  };
  const { inventory: clean, tree } = await layeredImage(t, [
    { entries, story: { kind: "told", text: `RUN ${ESCAPE}` } },
  ]);
  const inventory = {
    ...clean,
    packages: clean.packages.map((each) => ({ ...each, facts: { ...each.facts, name: ESCAPE, version: ESCAPE } })),
  };
  const asked = ["/app/node_modules/a", `/app/node_modules/a/${ESCAPE}`, inventory.packages[0]?.purl ?? ""];
  const texts = [inventoryText(ESCAPE, `linux/${ESCAPE}`, inventory)];
  for (const what of asked) {
    for (const each of await explain(what, inventory, tree)) texts.push(explanationText(each, inventory));
  }
  assert.equal(texts.length, 4);
  for (const text of texts) assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f]/);
});

test("a link's target is shown as text", async (t) => {
  const entries = { link: symlinkNode(Buffer.from("/größe", "utf8").toString("latin1")) };
  const { inventory, tree } = await layeredImage(t, [{ entries }]);
  const [found] = await explain("/link", inventory, tree);
  assert.match(found === undefined ? "" : explanationText(found, inventory), /^\/link \(link to \/größe\)\n/);
});
