import fc from "fast-check";

/** Texts of any UTF-16 units, halves of surrogate pairs too: without fast-check's table of all characters, which takes seconds. */
export function anyText(maxLength = 20): fc.Arbitrary<string> {
  const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
  return fc.oneof(fc.string({ maxLength }), fc.string({ unit, maxLength }));
}
