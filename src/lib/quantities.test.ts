import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAge, parseBytes } from "./quantities.ts";

test("sizes are read as people write them", () => {
  const sizes = {
    "0": 0,
    "123": 123,
    "7B": 7,
    "5k": 5000,
    "500MB": 5e8,
    "1.5 GB": 1.5e9,
    "2t": 2e12,
    "10GiB": 10 * 2 ** 30,
  };
  for (const [text, bytes] of Object.entries({ ...sizes, "1KIB": 1024, "0.5mi": 2 ** 19 })) {
    assert.equal(parseBytes(text, "the size"), bytes, text);
  }
});

test("what is no size is refused, by the name of the setting", () => {
  for (const text of [
    "",
    "GB",
    "-1GB",
    "1e3",
    "ten",
    "10iB",
    "1PB",
    "1..5G",
    "9999999999TB",
    "1".repeat(1000),
    "1GB\n",
  ]) {
    assert.throws(() => parseBytes(text, "THE_SETTING"), { code: "USAGE", message: /^THE_SETTING is "/ }, text);
  }
});

test("times are read as people write them", () => {
  const times = { "90s": 90_000, "30m": 1_800_000, "24h": 86_400_000, "7D": 604_800_000, "2w": 1_209_600_000, "0d": 0 };
  for (const [text, ms] of Object.entries({ ...times, "1d12h": 129_600_000 }))
    assert.equal(parseAge(text, "it"), ms, text);
});

test("what is no time is refused", () => {
  for (const text of ["", "7", "d", "1.5h", "-1d", "1y", "7 d", "1d1h1m1s1s1s", "9".repeat(30), "1h\n"]) {
    assert.throws(() => parseAge(text, "--older-than"), { code: "USAGE", message: /^--older-than is "/ }, text);
  }
});
