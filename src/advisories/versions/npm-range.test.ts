import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parse, Range, satisfies, validRange } from "semver";
import { isInNpmRange, parseNpmRange, startsOf } from "./npm-range.ts";
import { parseSemver } from "./semver.ts";

function isIn(version: string, range: string): boolean | undefined {
  const [read, parsed] = [parseNpmRange(range), parseSemver(version)];
  return read === undefined || parsed === undefined ? undefined : isInNpmRange(parsed, read);
}

const NUMBER = fc.constantFrom("0", "1", "2", "10");
const X = fc.constantFrom("x", "*", "X");
const PRE = fc.constantFrom("", "", "", "-0", "-rc.1", "-alpha");
const WHOLE = fc.tuple(NUMBER, NUMBER, NUMBER, PRE).map(([a, b, c, pre]) => `${a}.${b}.${c}${pre}`);
// Numbers behind an x are nothing that anybody writes.
const PARTIAL = fc
  .tuple(fc.array(NUMBER, { maxLength: 2 }), fc.array(X, { maxLength: 1 }))
  .map(([numbers, x]) => [...numbers, ...x].join(".") || "x");
const SIGN = fc.constantFrom("", "^", ">=", "<=", ">", "<", "=", ">= ", "<= ");
const COMPARATOR = fc.tuple(SIGN, fc.oneof(WHOLE, PARTIAL)).map((each) => each.join(""));
const RANGE = fc
  .array(fc.array(COMPARATOR, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 3 })
  .map((all) => all.map((each) => each.join(" ")).join(" || "));

test("agrees with npm's own library on any range and version", () => {
  fc.assert(
    fc.property(RANGE, WHOLE, (range, version) => {
      assert.equal(
        isIn(version, range),
        satisfies(version, range, { includePrerelease: true }),
        `${version} in ${range}`,
      );
    }),
    { numRuns: 5000 },
  );
});

test("what it takes for a range, npm does", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."0129.x*^~<>=| -rc") }), (text) => {
      if (parseNpmRange(text) !== undefined) assert.notEqual(validRange(text), null, text);
    }),
  );
});

test("the forms of Node.js' index", () => {
  assert.equal(isIn("4.4.2", "^5.10.0 || 4.4.2"), true);
  assert.equal(isIn("10.9.0", "<= 10"), true);
  assert.equal(isIn("11.0.0", "<= 10"), false);
  assert.equal(isIn("6.14.5", "^6.14.4 || >= 10.9.0"), true);
  assert.equal(isIn("9.7.1", " 9.7.x || 10.x"), true);
  assert.equal(isIn("0.10.49", "^0.10.48 || ^0.12.17"), true);
  assert.equal(isIn("0.11.0", "^0.10.48 || ^0.12.17"), false);
});

test("an alternative begins with its lower bound", () => {
  const starts = (range: string) => startsOf(parseNpmRange(range) ?? []).map(({ text }) => text);
  assert.deepEqual(starts("^22.17.1 || >= 24.4.1 || 15.2.1 || 20.x || <4"), ["22.17.1", "24.4.1", "15.2.1", "20.0.0"]);
  for (const each of starts("^22.17.1 || >= 24.4.1")) assert.ok(new Range("*").test(parse(each) ?? ""));
});

test("what is no range is refused, and a long text takes no long time", () => {
  for (const text of [
    "twenty",
    "~1.2",
    "1.0 - 2.0",
    "^",
    "1.2.3.4",
    "^^1",
    ">=1.x-rc",
    "1||2||y",
    "01.0",
    "*.0",
    "<1.0.0-rc..1",
  ]) {
    assert.equal(parseNpmRange(text), undefined, text);
  }
  const started = performance.now();
  for (const piece of ["1.", "||", ">= ", "1 ", "^ "]) parseNpmRange(piece.repeat(100_000));
  for (const piece of ["1.", "||", ">= ", "1 ", "^ "]) parseNpmRange(piece.repeat(1900));
  assert.ok(performance.now() - started < 2000);
});
