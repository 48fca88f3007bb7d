import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { appJsonSchema } from "./json-schema.ts";

const ROOT = join(import.meta.dirname, "../..");
const validate = new Ajv2020().compile(appJsonSchema());

test("the published schema is the one that distill reads by", () => {
  const published = readFileSync(join(ROOT, "docs/distill.schema.json"), "utf8");
  assert.deepEqual(JSON.parse(published), JSON.parse(JSON.stringify(appJsonSchema())), "npm run schema writes it");
});

test("the example and every documented key are valid by it", () => {
  const page = readFileSync(join(ROOT, "docs/distill-yaml.md"), "utf8");
  const documented = Array.from(page.matchAll(/^```yaml\n(.*?)^```$/gms), ([, text]) => text ?? "");
  const flask = readFileSync(join(ROOT, "examples/flask-debian/distill.yaml"), "utf8");
  assert.ok(documented.length > 3);
  for (const text of [flask, ...documented]) {
    const value = parse(text.includes("base:") ? text : `base: static\n${text}`);
    assert.ok(validate(value), `${text}\n${JSON.stringify(validate.errors)}`);
  }
});

test("mistakes are found by it", () => {
  const wrong = [
    "{}",
    "{base: java}",
    "{base: base, packges: [x]}",
    "{base: base, suite: sid}",
    "{base: base, slices: [gconf]}",
    "{base: base, debs: [{path: x.deb}]}",
    "{base: base, accounts: {users: [{name: A, uid: 1}]}}",
    "{base: base, files: [{content: x}]}",
    "{base: base, env: [A]}",
  ];
  for (const text of wrong) assert.ok(!validate(parse(text)), text);
});
