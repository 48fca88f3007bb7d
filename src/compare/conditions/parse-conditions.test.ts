import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { DistillError } from "../../lib/errors.ts";
import { meets, OPERATORS } from "./condition.ts";
import { parseConditions } from "./parse-conditions.ts";
import { QUANTITIES } from "./quantity.ts";

const parsed = (text: string) => parseConditions(text, "conditions");
const texts = (text: string) => parsed(text).map((condition) => condition.text);

describe("conditions", () => {
  test("are names, operators and numbers with commas between them; spaces, lines and case do not matter", () => {
    assert.deepEqual(texts("size.compressed>+5%,CVES.High  >  0"), ["size.compressed > +5%", "cves.high > 0"]);
    assert.deepEqual(texts("\n  files != 3,\n  surface.setuid >= +1\n"), ["files != 3", "surface.setuid >= +1"]);
  });

  test("measure sizes in bytes, by powers of 1000 or 1024", () => {
    const limit = (text: string) => parsed(`size.uncompressed > ${text}`)[0]?.limit;
    assert.deepEqual(limit("10MB"), { kind: "number", thousandths: 10_000_000_000n });
    assert.deepEqual(limit("+1.5 kib"), { kind: "change", thousandths: 1_536_000n });
    assert.deepEqual(limit("-0.5%"), { kind: "percent", thousandths: -500n });
    assert.deepEqual(limit("123"), { kind: "number", thousandths: 123_000n });
  });

  const mistakes: readonly (readonly [string, RegExp])[] = [
    ["", /^c:1:1: expected the name of a quantity/],
    ["cves >", /^c:1:7: expected a number/],
    ["cves 0", /^c:1:6: expected an operator after cves/],
    ["cves = 0", /^c:1:6: expected an operator after cves/],
    ["cves > 0,", /^c:1:10: expected the name of a quantity/],
    ["cves > 0 files > 1", /^c:1:10: there is no unit "files"/],
    ["cves > 0% 1", /^c:1:8: a percentage/],
    ["cves > +0% 1", /^c:1:12: expected a comma/],
    ["cves > 0,\nfiels > 1", /^c:2:1: there is no quantity "fiels"\n {2}2 \| fiels > 1\n {4}\| \^$/],
    ["cves > 10MB", /^c:1:10: cves is a number of things and no size/],
    ["size.compressed > 5%", /^c:1:19: a percentage is a change/],
    ["size.compressed > 5Mb/s", /^c:1:22: expected a comma/],
    ["size.compressed > 5mile", /^c:1:20: there is no unit "mile"/],
    ["files > 1.2345", /^c:1:9: expected a number/],
    [`files > ${"9".repeat(16)}`, /^c:1:9: expected a number/],
    ["files > 1e3", /^c:1:10: there is no unit "e"/],
    ["files > 0x10", /there is no unit "x"/],
    ["x".repeat(10_001), /has 10001 characters/],
  ];
  for (const [text, message] of mistakes) {
    test(`${JSON.stringify(text.slice(0, 40))} is told with its place`, () => {
      assert.throws(() => parseConditions(text, "c"), { code: "USAGE", message });
    });
  }

  test("a name that is nearly right is suggested, and all are listed", () => {
    assert.throws(() => parsed("surface.shels > 0"), {
      hint: /^did you mean surface\.shells\? the quantities are size\.compressed, .*cves\.high, .*surface\.ports$/,
    });
  });
});

const condition = fc
  .record({
    quantity: fc.constantFrom(...QUANTITIES.keys()),
    operator: fc.constantFrom(...OPERATORS),
    sign: fc.constantFrom("", "+", "-"),
    digits: fc.tuple(fc.nat(), fc.constantFrom("", ".5", ".25", ".001")).map((parts) => parts.join("")),
    unit: fc.constantFrom("", "%", "kB", "MiB"),
    space: fc.constantFrom("", " ", "\n", "\t  "),
  })
  .map(({ quantity, operator, sign, digits, unit, space }) => {
    const isFit = unit === "" || (unit === "%" ? sign !== "" : QUANTITIES.get(quantity)?.unit === "bytes");
    const limit = `${sign}${digits}${isFit ? unit : ""}`;
    return {
      canonical: `${quantity} ${operator} ${limit}`,
      written: [space, quantity, operator, limit, space].join(space),
    };
  });

test("whatever is written down as conditions is read as them, and their text is read as the same", () => {
  fc.assert(
    fc.property(fc.array(condition, { minLength: 1, maxLength: 5 }), (all) => {
      const read = parsed(all.map(({ written }) => written).join(","));
      assert.deepEqual(
        read.map(({ text }) => text),
        all.map(({ canonical }) => canonical),
      );
      assert.deepEqual(parsed(read.map(({ text }) => text).join(", ")), read);
    }),
  );
});

test("any other text is refused with a place in it, and never more than that", () => {
  const pieces = fc.constantFrom(
    "cves",
    "files",
    ".",
    "high",
    ">",
    "=",
    "<",
    "!",
    "+",
    "-",
    "5",
    "%",
    "MB",
    ",",
    " ",
    "\n",
    "\0",
    "漢",
  );
  const anything = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(pieces).map((all) => all.join("")),
  );
  fc.assert(
    fc.property(anything, (text) => {
      try {
        assert.ok(parsed(text).length > 0);
      } catch (error) {
        if (!(error instanceof DistillError)) throw error;
        const [, line, column] = /^conditions:(\d+):(\d+): /.exec(error.message) ?? assert.fail(error.message);
        const lines = text.split("\n");
        assert.ok(Number(line) <= lines.length);
        assert.ok(Number(column) <= (lines[Number(line) - 1] ?? "").length + 1);
      }
    }),
  );
});

test("numbers are compared as they are written, exactly", () => {
  const isMet = (text: string, a: number, b: number) => parsed(text).some((each) => meets(each, a, b));
  assert.equal(isMet("files > 0.1", 0, 0), false);
  assert.equal(isMet("size.compressed > +5%", 100, 105), false);
  assert.equal(isMet("size.compressed > +5%", 100, 106), true);
  assert.equal(isMet("size.compressed > -10%", 100, 91), true);
  assert.equal(isMet("size.compressed > -10%", 100, 90), false);
  assert.equal(isMet("size.compressed > +5%", 0, 1), true);
  assert.equal(isMet("size.compressed >= +2MB", 1, 2_000_001), true);
  assert.equal(isMet("size.compressed == +0", 7, 7), true);
  assert.equal(isMet("size.compressed <= 1kB", 5, 1001), false);
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.nat(500), (a, b, percent) => {
      assert.equal(isMet(`files > +${percent}%`, a, b), 100 * (b - a) > percent * a);
      assert.equal(isMet(`files <= -${percent}`, a, b), b - a <= -percent);
      assert.equal(isMet(`files != ${percent}`, a, b), b !== percent);
    }),
  );
});
