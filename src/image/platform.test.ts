import assert from "node:assert/strict";
import { test } from "node:test";
import { formatPlatform, hostPlatform, parsePlatform, samePlatform } from "./platform.ts";

for (const [text, expected] of [
  ["linux/amd64", "linux/amd64"],
  ["Linux/x86_64", "linux/amd64"],
  ["linux/aarch64", "linux/arm64"],
  ["linux/arm64/v8", "linux/arm64"],
  ["linux/amd64/v1", "linux/amd64"],
  ["linux/amd64/v3", "linux/amd64/v3"],
  ["linux/arm", "linux/arm/v7"],
  ["linux/arm/6", "linux/arm/v6"],
  ["linux/armel", "linux/arm/v6"],
] as const) {
  test(`${text} is ${expected}`, () => assert.equal(formatPlatform(parsePlatform(text)), expected));
}

test("what is no platform is refused", () => {
  for (const text of ["", "linux", "linux/", "/amd64", "linux/amd64/v1/x", "linux/am d64"]) {
    assert.throws(() => parsePlatform(text), { code: "USAGE" });
  }
});

test("the host runs linux images of its own architecture", () => {
  assert.equal(hostPlatform().os, "linux");
  assert.ok(samePlatform(hostPlatform(), parsePlatform(formatPlatform(hostPlatform()))));
});
