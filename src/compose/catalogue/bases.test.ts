import assert from "node:assert/strict";
import { test } from "node:test";
import { BASE_NAMES } from "../../plan/names.ts";
import { baseNamed, releaseFor, releasesOf, tiersOf } from "./bases.ts";
import { TIERS } from "./tiers.ts";

test("the tiers of a base begin with all tiers of a smaller one, so that their layers are shared", () => {
  const names = (base: Parameters<typeof tiersOf>[0], release = releaseFor(base, undefined)) =>
    tiersOf(base, release).map((tier) => tier.name);
  assert.deepEqual(names("static"), ["static"]);
  assert.deepEqual(names("cc"), ["static", "base-nossl", "base", "cc"]);
  assert.deepEqual(names("python3"), ["static", "base-nossl", "base", "python3"]);
  assert.deepEqual(names("python2.7"), ["static", "base-nossl", "base", "python2.7"]);
});

test("there is a tier for every name, in the same order", () => {
  assert.deepEqual(
    TIERS.map(({ name }) => name),
    BASE_NAMES,
  );
});

test("every base has all its tiers on every release that has it", () => {
  for (const base of BASE_NAMES) {
    for (const release of releasesOf(base)) {
      for (const tier of tiersOf(base, release)) assert.ok(tier.packages.length > 0, `${tier.name} on ${release}`);
    }
  }
});

test("a base comes from the newest release that has it, unless another is asked for", () => {
  assert.equal(releaseFor("python3", undefined), "trixie");
  assert.equal(releaseFor("python3", "bookworm"), "bookworm");
  assert.equal(releaseFor("python3.9", undefined), "bullseye");
  assert.throws(() => releaseFor("python3", "bullseye"), {
    code: "UNSUPPORTED",
    message: "there is no base python3 on Debian bullseye",
    hint: "python3 is there on: trixie, bookworm",
  });
  assert.throws(() => releaseFor("static", "sid"), { code: "UNSUPPORTED", message: /know a Debian release "sid"/ });
});

test("an unknown base is refused with those that there are", () => {
  assert.throws(() => baseNamed("Statik"), {
    code: "CONFIG_INVALID",
    message: 'there is no base called "Statik"',
    hint: /^did you mean static\? the bases are: static, base-nossl, base, .*python3, .*\(distill bases says what each is\)$/,
  });
  assert.throws(() => baseNamed("__proto__"), { code: "CONFIG_INVALID" });
});
