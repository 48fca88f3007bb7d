import assert from "node:assert/strict";
import { test } from "node:test";
import { isDistillError } from "../lib/errors.ts";
import { parseDestination, parseLocalDestination } from "./destination.ts";
import { formatCanonical, parseReference } from "./reference.ts";

test("destinations are spelled as skopeo spells them", () => {
  assert.deepEqual(parseLocalDestination("oci:out"), { transport: "oci", path: "out", tag: undefined });
  assert.deepEqual(parseLocalDestination("oci:a/b:v1"), { transport: "oci", path: "a/b", tag: "v1" });
  const layout = { transport: "oci-archive", path: "x.tar", tag: "repo/app:v1" };
  assert.deepEqual(parseLocalDestination("oci-archive:x.tar:repo/app:v1"), layout);
  const name = parseReference("me/app:2");
  assert.deepEqual(parseLocalDestination("docker-archive:x.tar:me/app:2"), {
    transport: "docker-archive",
    path: "x.tar",
    name,
  });
  assert.deepEqual(parseLocalDestination("docker-daemon:app"), {
    transport: "docker-daemon",
    name: parseReference("app:latest"),
  });
});

for (const [text, code, hint] of [
  ["out.tar", "USAGE", /oci-archive:FILE/],
  ["type=oci,dest=x", "USAGE", /oci-archive:FILE/],
  ["tar:x", "USAGE", /docker-archive:FILE/],
  ["oci:", "USAGE", /oci:DIR/],
  ["oci:x:", "USAGE", /oci:DIR/],
  ["docker-daemon:", "USAGE", /docker-daemon:NAME/],
  [`docker-daemon:x@sha256:${"0".repeat(64)}`, "USAGE", /docker-daemon:NAME/],
  ["docker:x", "USAGE", /docker:\/\/x/],
] as const) {
  test(`${text} is refused with the known transports`, () => {
    assert.throws(
      () => parseDestination(text),
      (error) => isDistillError(error, code) && hint.test(error.hint ?? ""),
    );
  });
}

test("names that the transport cannot hold are refused", () => {
  assert.throws(() => parseLocalDestination("oci:x:a b"), { code: "USAGE" });
  assert.throws(() => parseLocalDestination("docker-archive:x.tar:App"), { code: "USAGE" });
});

test("docker:// is a repository of a registry, with the tag latest where none is given", () => {
  const destination = parseDestination("docker://localhost:5000/team/app");
  assert.ok(destination.transport === "docker");
  assert.equal(formatCanonical(destination.reference), "localhost:5000/team/app:latest");
});
