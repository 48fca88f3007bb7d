import assert from "node:assert/strict";
import { test } from "node:test";
import { BASE_NAMES, tierNamed, tiersOf } from "./catalogue.ts";

test("the tiers of a base begin with all tiers of a smaller one, so that their layers are shared", () => {
  const names = BASE_NAMES.map((base) => tiersOf(base).map((tier) => tier.name));
  assert.deepEqual(names, [["static"], ["static", "base"], ["static", "base", "python3"]]);
});

test("an unknown base is refused with those that there are", () => {
  assert.throws(() => tierNamed("Static"), {
    code: "CONFIG_INVALID",
    message: 'there is no base called "Static"',
    hint: /^the bases are: static \(.*\); base \(.*\); python3 \(.*\)$/,
  });
  assert.throws(() => tierNamed("__proto__"), { code: "CONFIG_INVALID" });
});
