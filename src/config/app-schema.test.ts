import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BASE_NAMES } from "../plan/names.ts";
import { parseAppConfig } from "./app-config.ts";
import { appSchema } from "./app-schema.ts";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/distill-yaml.md"), "utf8");

test("docs/distill-yaml.md has a section and a row for every key, and for no other", () => {
  const keys = Object.keys(appSchema.shape);
  assert.deepEqual(
    Array.from(PAGE.matchAll(/^### (\w+)$/gm), ([, key]) => key),
    keys,
  );
  assert.deepEqual(
    Array.from(PAGE.matchAll(/^\| `(\w+)` \|/gm), ([, key]) => key),
    keys,
  );
  for (const base of BASE_NAMES) assert.ok(PAGE.includes(`\`${base}\``), base);
  for (const key of Object.keys(appSchema.shape.copy.unwrap().element.shape)) {
    assert.ok(PAGE.includes(`**\`${key}\`**`), `copy: ${key} is not described`);
  }
});

test("the examples of docs/distill-yaml.md and of examples/ are valid", () => {
  const examples = Array.from(PAGE.matchAll(/^```yaml\n(.*?)^```$/gms), ([, text]) => text ?? "");
  assert.equal(examples.length, 6);
  for (const text of examples) {
    parseAppConfig(text.includes("base:") ? text : `base: static\n${text}`, "docs/distill-yaml.md");
  }
  const flask = "examples/flask-debian/distill.yaml";
  parseAppConfig(readFileSync(join(ROOT, flask), "utf8"), flask);
});
