import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isDistillError } from "../../lib/errors.ts";
import { makeSourceTable, SourceTable } from "./source-table.ts";

const source = (name: string, version: string, archive: number) => ({ source: { name, version }, archive });

test("the newest version of all suites stands, of equal ones that of the later suite", () => {
  const suites = ["trixie", "trixie-updates", "trixie-security"];
  const table = new SourceTable(
    makeSourceTable(suites, [
      source("b", "1:1-1", 0),
      source("b", "2-1", 2),
      source("a", "1.10-1", 0),
      source("a", "1.9-1", 2),
      source("c", "1-1+deb13u1", 2),
      source("c", "1-1+deb13u1", 0),
    ]),
  );
  assert.deepEqual(
    ["a", "b", "c", "", "aa", "d", "c 1", "a\n"].map((name) => table.find(name)),
    [
      { version: "1.10-1", suite: "trixie" },
      { version: "1:1-1", suite: "trixie" },
      { version: "1-1+deb13u1", suite: "trixie-security" },
      ...Array(5).fill(undefined),
    ],
  );
  assert.equal(table.count, 3);
  assert.equal(new SourceTable(makeSourceTable(suites, [])).find("a"), undefined);
});

test("every source is found, and no other", () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{0,6}$/);
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 60 }), name, (names, other) => {
      const packages = names.map((each) => source(each, `${each.length}-1`, 0));
      const table = new SourceTable(makeSourceTable(["trixie"], packages));
      for (const each of names) assert.equal(table.find(each)?.version, `${each.length}-1`);
      assert.equal(table.find(other) !== undefined, names.includes(other));
    }),
  );
});

test("another form is refused", () => {
  for (const text of ["", "x", "distill-sources-1 trixie", "other-form trixie\na 1 0\n"]) {
    assert.throws(
      () => new SourceTable(Buffer.from(text)),
      (error) => isDistillError(error, "STORE_CORRUPT"),
    );
  }
});
