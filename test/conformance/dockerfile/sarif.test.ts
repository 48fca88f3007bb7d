import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv } from "ajv";
import { RULES } from "../../../src/dockerfile/checks/rules.ts";
import { findingsSarif } from "../../../src/ui/findings.ts";
import { sharedPath, unlessShared } from "../../support/shared.ts";

const SCHEMA = ["schemas", "sarif-2.1.0.json"] as const;

test("reports are SARIF 2.1.0 by its schema, with findings and without", { skip: unlessShared(...SCHEMA) }, () => {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  // It is draft 4, of which it uses nothing that draft 7 has otherwise.
  const { $schema: _, id: __, ...schema } = JSON.parse(readFileSync(sharedPath(...SCHEMA), "utf8"));
  const validate = ajv.compile(schema);
  const rules = RULES.map(({ name, description }) => ({ name, description, page: "docs/checks.md" }));
  const finding = { detail: 'a "detail"', file: "a dir/Dockerfile", line: 3, lastLine: 4, excerpt: "" };
  const all = rules.map(({ name }) => ({ ...finding, rule: name }));
  for (const findings of [[], all]) {
    assert.equal(validate(JSON.parse(findingsSarif(findings, rules, "1.2.3"))), true, JSON.stringify(validate.errors));
  }
});
