import assert from "node:assert/strict";
import { test } from "node:test";
import { composeRequest, debianArchitecture } from "./request.ts";

const AMD64 = { os: "linux", architecture: "amd64" };
const ASKED = { base: "static", suite: "trixie", platform: AMD64, packages: [] };

test("packages are a set: neither order nor repetition makes another request", () => {
  const { packages } = composeRequest({ ...ASKED, packages: ["zlib1g", "curl=8.14.1-2", "zlib1g"] });
  assert.deepEqual(packages, ["curl=8.14.1-2", "zlib1g"]);
});

test("what cannot be composed is refused before anything is fetched, with what can", () => {
  assert.throws(() => composeRequest({ ...ASKED, base: "java" }), { code: "CONFIG_INVALID", hint: /static/ });
  assert.throws(() => composeRequest({ ...ASKED, suite: "sid" }), { code: "UNSUPPORTED", hint: "suites: trixie" });
  const arm = { os: "linux", architecture: "arm64" };
  assert.throws(() => composeRequest({ ...ASKED, platform: arm }), {
    code: "UNSUPPORTED",
    message: "images for linux/arm64 cannot be composed yet",
    hint: "platforms: linux/amd64",
  });
  for (const text of ["", "a b", "../x", "a=", "a (1)", "--force"]) {
    assert.throws(() => composeRequest({ ...ASKED, packages: [text] }), { code: "FORMAT_INVALID" }, text);
  }
});

test("a platform has Debian's names", () => {
  assert.deepEqual(debianArchitecture(AMD64), { name: "amd64", tuple: "x86_64-linux-gnu" });
  assert.throws(() => debianArchitecture({ ...AMD64, variant: "v3" }), {
    message: "images for linux/amd64/v3 cannot be composed yet",
  });
});
