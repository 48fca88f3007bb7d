import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { PackageType } from "../../inventory/package.ts";
import { orderOf } from "./order-of.ts";

const TYPES: readonly PackageType[] = ["deb", "apk", "rpm", "pypi", "npm", "golang", "cargo", "maven", "gem"];

/** Pieces of which versions are made, of all ecosystems. */
const PIECE = fc.constantFrom(
  ..."0129.-_+~^:!abmrpvz".split(""),
  ...[
    "00",
    "10",
    ".0",
    "-0",
    "alpha",
    "beta",
    "rc",
    "pre",
    "dev",
    "post",
    "sp",
    "final",
    "ga",
    "SNAPSHOT",
    "-r1",
    "_p1",
  ],
);
const VERSION = fc
  .tuple(fc.constantFrom("1", "1.0", "0", "v1.0.0"), fc.array(PIECE, { maxLength: 6 }))
  .map(([head, tail]) => head + tail.join(""));
const ANY = fc.oneof({ weight: 6, arbitrary: VERSION }, fc.string({ maxLength: 12, unit: "binary" }));

test("packages of no ecosystem have no order", () => {
  assert.equal(orderOf("generic"), undefined);
  for (const type of TYPES) assert.ok(orderOf(type)?.has("1.2.3"), type);
});

for (const type of TYPES) {
  test(`${type}: a total order over all that it takes for versions`, () => {
    const order = orderOf(type);
    assert.ok(order !== undefined);
    const isVersion = (text: string) => order.has(text);
    const version = ANY.filter(isVersion);
    const property = fc.property(version, version, version, (a, b, c) => {
      const compare = (one: string, other: string) => order.compare(one, other) ?? Number.NaN;
      assert.equal(compare(a, a), 0);
      assert.equal(compare(a, b) + compare(b, a), 0);
      if (compare(a, b) <= 0 && compare(b, c) <= 0) assert.ok(compare(a, c) <= 0, JSON.stringify([a, b, c]));
      if (compare(a, b) === 0) assert.equal(compare(a, c), compare(b, c), JSON.stringify([a, b, c]));
    });
    fc.assert(property, { numRuns: 2000 });
  });

  test(`${type}: any text is answered, and what is no version is compared with nothing`, () => {
    const order = orderOf(type);
    const property = fc.property(fc.oneof(ANY, fc.string({ unit: "binary" })), ANY, (a, b) => {
      assert.equal(order?.compare(a, b) === undefined, !order?.has(a) || !order.has(b));
    });
    fc.assert(property, { numRuns: 1000 });
  });

  test(`${type}: a long text takes no long time`, () => {
    for (const piece of ["1", "1.", "1-", "a", "1a", "-", ".", "_p", "~", "0.", "1.0-", "-a."]) {
      const [most, more] = [510, 2 ** 16].map((length) => `1${piece.repeat(length)}`.slice(0, length));
      const started = performance.now();
      for (const text of [most ?? "", `${most}!`, more ?? ""]) orderOf(type)?.compare(text, text.toUpperCase());
      assert.ok(performance.now() - started < 2000, piece);
    }
  });
}
