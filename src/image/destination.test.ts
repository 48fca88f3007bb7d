import assert from "node:assert/strict";
import { test } from "node:test";
import { isDistillError } from "../lib/errors.ts";
import { parseDestination } from "./destination.ts";
import { formatFamiliar } from "./reference.ts";

test("destinations are spelled as skopeo spells them", () => {
  assert.deepEqual(parseDestination("oci:out"), { transport: "oci", path: "out", tag: undefined, name: undefined });
  assert.equal(parseDestination("oci:a/b:v1").tag, "v1");
  assert.equal(parseDestination("oci-archive:x.tar:repo/app:v1").tag, "repo/app:v1");
  const archive = parseDestination("docker-archive:x.tar:me/app:2");
  assert.equal(archive.path, "x.tar");
  assert.equal(archive.name && formatFamiliar(archive.name), "me/app:2");
});

for (const [text, code, hint] of [
  ["out.tar", "USAGE", /oci-archive:FILE/],
  ["type=oci,dest=x", "USAGE", /oci-archive:FILE/],
  ["tar:x", "USAGE", /docker-archive:FILE/],
  ["oci:", "USAGE", /oci:DIR/],
  ["oci:x:", "USAGE", /oci:DIR/],
  ["docker-daemon:x", "UNSUPPORTED", /docker load/],
  ["docker://x", "UNSUPPORTED", /docker load/],
] as const) {
  test(`${text} is refused with the known transports`, () => {
    assert.throws(
      () => parseDestination(text),
      (error) => isDistillError(error, code) && hint.test(error.hint ?? ""),
    );
  });
}

test("names that the transport cannot hold are refused", () => {
  assert.throws(() => parseDestination("oci:x:a b"), { code: "USAGE" });
  assert.throws(() => parseDestination("docker-archive:x.tar:App"), { code: "USAGE" });
});
