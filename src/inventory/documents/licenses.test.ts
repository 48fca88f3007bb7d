import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { licenseReferences, spdxExpression, spdxLicenseId } from "./licenses.ts";

test("identifiers are those of SPDX's list, in its spelling", () => {
  for (const [text, id] of [
    ["MIT", "MIT"],
    ["apache-2.0", "Apache-2.0"],
    ["BSD-3-clause", "BSD-3-Clause"],
    ["ZPL-2.1", "ZPL-2.1"],
    ["MPL-2.0-no-copyleft-exception", "MPL-2.0-no-copyleft-exception"],
    ["GPL-2.0-with-classpath-exception", "GPL-2.0-with-classpath-exception"],
    ["Expat", undefined],
    ["", undefined],
    ["constructor", undefined],
    ["__proto__", undefined],
    // Exceptions are no licences.
    ["Classpath-exception-2.0", undefined],
    ["389-exception", undefined],
    ["Linux-syscall-note", undefined],
    ["GPL-CC-1.0", undefined],
  ] as const) {
    assert.equal(spdxLicenseId(text), id, text);
  }
});

test("expressions are those of SPDX 2.3, annex D", () => {
  for (const [text, expression] of [
    ["MIT", "MIT"],
    ["mit AND (apache-2.0 OR gpl-2.0+)", "MIT AND (Apache-2.0 OR GPL-2.0+)"],
    [" GPL-2.0-only  WITH Classpath-exception-2.0 ", "GPL-2.0-only WITH Classpath-exception-2.0"],
    ["GPL-2.0-or-later WITH linux-syscall-note OR MIT", "GPL-2.0-or-later WITH Linux-syscall-note OR MIT"],
    ["LicenseRef-x.1 OR MIT", "LicenseRef-x.1 OR MIT"],
    ["MIT and ISC", undefined],
    ["MIT/ISC", undefined],
    ["MIT OR", undefined],
    ["OR MIT", undefined],
    ["MIT ISC", undefined],
    ["(MIT", undefined],
    ["MIT)", undefined],
    ["()", undefined],
    ["", undefined],
    ["MIT WITH MIT", undefined],
    ["(MIT OR ISC) WITH Classpath-exception-2.0", undefined],
    ["DocumentRef-a:LicenseRef-b", undefined],
    ["LicenseRef-", undefined],
    ["NONE", undefined],
    [`${"(".repeat(100)}MIT${")".repeat(100)}`, undefined],
    ["MIT AND ".repeat(1000), undefined],
  ] as const) {
    assert.equal(spdxExpression(text), expression, text.slice(0, 100));
  }
});

test("names of licences that SPDX does not list are found in an expression", () => {
  assert.deepEqual(licenseReferences("LicenseRef-a AND (MIT OR LicenseRef-b)"), ["LicenseRef-a", "LicenseRef-b"]);
});

test("an expression is read back as it is written", () => {
  const license = fc.constantFrom("MIT", "GPL-2.0+", "GPL-2.0-only WITH Classpath-exception-2.0", "LicenseRef-x");
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4 },
      license,
      fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `(${a} OR ${b})`),
      fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `(${a}) AND ${b}`),
    ),
  }));
  fc.assert(fc.property(expression, (text) => spdxExpression(text) === text));
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("MIT", " ", "(", ")", "AND", "WITH", "+", "x") }), (text) => {
      const read = spdxExpression(text);
      return read === undefined || spdxExpression(read) === read;
    }),
  );
});
