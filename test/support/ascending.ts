import assert from "node:assert/strict";
import { orderOf } from "../../src/advisories/versions/order-of.ts";
import type { PackageType } from "../../src/inventory/package.ts";

/** Asserts that each entry is older than all later ones; an entry that is a list holds spellings that are equal. */
export function assertAscending(type: PackageType, entries: readonly (string | readonly string[])[]): void {
  const order = orderOf(type);
  assert.ok(order !== undefined);
  const all = entries.flatMap((entry, place) => [entry].flat().map((version) => ({ version, place })));
  for (const one of all) {
    for (const other of all) {
      const expected = Math.sign(one.place - other.place);
      assert.equal(order.compare(one.version, other.version), expected, `${one.version} and ${other.version}`);
    }
  }
}

/** Asserts that none of the texts is a version of packages of this type. */
export function assertNoVersions(type: PackageType, texts: readonly string[]): void {
  for (const text of texts) assert.equal(orderOf(type)?.has(text), false, text);
}
