import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { maxOctal, parseNumber, writeOctal } from "./numbers.ts";

const field = (text: string): number | undefined => parseNumber(Buffer.from(text, "latin1"), [0, text.length]);

test("every number that fits is read as it was written", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 12 }), fc.maxSafeNat(), (length, any) => {
      const value = any % (maxOctal(length) + 1);
      const block = Buffer.alloc(20, "?");
      writeOctal(block, [3, length], value);
      assert.equal(parseNumber(block, [3, length]), value);
    }),
  );
});

test("octal fields as tars have written them", () => {
  const cases: [string, number | undefined][] = [
    ["0000644\0", 0o644],
    ["00000000644", 0o644],
    ["  644 \0\0", 0o644],
    ["\0\0\0\0", 0],
    ["    ", 0],
    ["644\0garb", undefined],
    ["\x000644\0", undefined],
    ["-1\0", undefined],
    ["0x10", undefined],
    ["8\0", undefined],
  ];
  for (const [text, value] of cases) assert.equal(field(text), value, JSON.stringify(text));
});

test("base-256 fields: large, negative, and beyond what a double holds", () => {
  const cases: [string, number | undefined][] = [
    ["\x80\0\0\0\0\0\0\0\0\0\x01\0", 256],
    ["\xff\xff\xff\xff", -1],
    ["\xff\xff\xff\0", -256],
    ["\x80\0\0\0\0\x1f\xff\xff\xff\xff\xff\xff", Number.MAX_SAFE_INTEGER],
    ["\x80\0\0\0\0\x20\0\0\0\0\0\0", undefined],
    ["\xbf\xff\xff\xff\xff\xff\xff\xff", undefined],
    ["\xc0\0\0\0\0\0\0\0", undefined],
  ];
  for (const [text, value] of cases) assert.equal(field(text), value, JSON.stringify(text));
});
