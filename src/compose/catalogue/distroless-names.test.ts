import assert from "node:assert/strict";
import { test } from "node:test";
import { distrolessImage, isDistrolessName } from "./distroless-names.ts";

const composed = (name: string) => distrolessImage(`gcr.io/distroless/${name}`);

test("a tag says who containers run as and whether there is a shell, as at Google", () => {
  const rows = [
    ["static-debian12", "static bookworm root false"],
    ["static-debian13:latest", "static trixie root false"],
    ["base-debian13:nonroot", "base trixie nonroot false"],
    ["cc-debian12:debug", "cc bookworm root true"],
    ["base-nossl-debian13:debug-nonroot", "base-nossl trixie nonroot true"],
    ["python3", "python3 trixie root false"],
    ["python2.7", "python2.7 bullseye root false"],
    ["python2.7-debian11:nonroot", "python2.7 bullseye nonroot false"],
  ];
  for (const [name = "", expected] of rows) {
    const { base, suite, user, debug } = composed(name);
    assert.equal(`${base} ${suite} ${user} ${debug}`, expected, name);
  }
});

test("a tag can name the platform", () => {
  assert.equal(composed("static-debian13:nonroot-arm64").platform, "linux/arm64");
  assert.equal(composed("static-debian13:latest-amd64").platform, "linux/amd64");
  assert.equal(composed("static-debian13").platform, undefined);
});

test("libraries that files copied into Google's image may count on come with it", () => {
  for (const name of ["libstdc++6", "libgomp1", "libkrb5-3", "libdb5.3t64"]) {
    assert.ok(composed("python3-debian13").packages.includes(name), name);
  }
  assert.ok(composed("python3-debian12").packages.includes("libdb5.3"));
  assert.deepEqual(composed("static-debian13").packages, []);
});

test("what cannot be composed is refused with what can", () => {
  for (const name of [
    "nodejs22-debian13",
    "static-debian11",
    "python3-debian14",
    "constructor",
    "static/x",
    "static-debian13@sha256:ab",
  ]) {
    assert.throws(
      () => composed(name),
      { code: "UNSUPPORTED", hint: /static-debian13, static-debian12, .*:debug-nonroot$/ },
      name,
    );
  }
  assert.throws(() => composed("static-debian13:v1"), { code: "UNSUPPORTED", message: /its tag v1 is not known/ });
  assert.throws(() => composed("static-debian13:nonroot-s390x"), { code: "UNSUPPORTED" });
  assert.ok(isDistrolessName("gcr.io/distroless/nodejs"));
  assert.ok(!isDistrolessName("gcr.io/other/static"));
});
