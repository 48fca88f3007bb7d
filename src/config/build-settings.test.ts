import assert from "node:assert/strict";
import { test } from "node:test";
import { isDistillError } from "../lib/errors.ts";
import { parseBuildSettings } from "./build-settings.ts";

const parse = (text: string): unknown => parseBuildSettings(text, "distill.yaml").compose;

test("what is composed in place of being pulled is all, nothing, or a list of patterns", () => {
  assert.equal(parse("compose: true"), true);
  assert.equal(parse("compose: false"), false);
  assert.deepEqual(parse("compose: [gcr.io/distroless/*]"), ["gcr.io/distroless/*"]);
});

test("a file that describes an app says it too, or nothing of it", () => {
  assert.equal(parse("base: static\ncompose: true"), true);
  assert.equal(parse("base: static"), false);
});

test("a file without a base says this and nothing else; what is wrong is told with its place", () => {
  for (const [text, message] of [
    ["compose: 3", /^distill\.yaml:1:10: compose: expected true, or a list of names/],
    ["compose: true\ncopy: []", /copy/],
    ["base: static\ncompose: ['']", /expected true, or a list/],
    ["workdir: /x", /workdir|compose/],
  ] as const) {
    assert.throws(
      () => parse(text),
      (error) => isDistillError(error, "CONFIG_INVALID") && message.test(error.message),
      text,
    );
  }
});
