import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv } from "ajv";
import { RULES } from "../../../src/dockerfile/checks/rules.ts";
import { findingsSarif } from "../../../src/ui/findings-sarif.ts";
import { sharedPath, unlessShared } from "../../support/shared.ts";

const SCHEMA = ["schemas", "sarif-2.1.0.json"] as const;

test("reports are SARIF 2.1.0 by its schema, with findings and without", { skip: unlessShared(...SCHEMA) }, () => {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  // It is draft 4, of which it uses nothing that draft 7 has otherwise.
  const { $schema: _, id: __, ...schema } = JSON.parse(readFileSync(sharedPath(...SCHEMA), "utf8"));
  const validate = ajv.compile(schema);
  const rules = RULES.map(({ name, description, url }) => ({ name, description, page: "docs/checks.md", url }));
  const place = { start: { line: 3, column: 1 }, end: { line: 4, column: 1 }, excerpt: "" };
  const all = rules.map(({ name }) => ({ ...place, detail: 'a "detail"', rule: name }));
  const failures = [undefined, { message: "none", place: undefined }, { message: "none", place: place.start }];
  for (const findings of [[], all]) {
    for (const failure of failures) {
      const checks = { file: "a dir/Dockerfile", findings, failure, error: false, notes: [] };
      const report: unknown = JSON.parse(findingsSarif(checks, rules, "1.2.3"));
      assert.equal(validate(report), true, JSON.stringify(validate.errors));
    }
  }
});
