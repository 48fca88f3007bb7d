import assert from "node:assert/strict";
import { test } from "node:test";
import { nameFilter } from "./name-filter.ts";
import { parseReference, withDefaultTag } from "./reference.ts";

const NAMES = ["app:1", "app:latest", "team/app:1", "localhost:5000/app:1", "application:1"];

for (const [pattern, expected] of [
  ["app", ["app:1", "app:latest"]],
  ["app:1", ["app:1"]],
  ["docker.io/library/app", ["app:1", "app:latest"]],
  ["*", ["app:1", "app:latest", "application:1"]],
  ["app*", ["app:1", "app:latest", "application:1"]],
  ["app:*", ["app:1", "app:latest"]],
  ["*/app", ["team/app:1", "localhost:5000/app:1"]],
  ["localhost:5000/app", ["localhost:5000/app:1"]],
  ["a.p", []],
  ["App", []],
] as const) {
  test(`${pattern} stands for ${expected.join(", ") || "nothing"}`, () => {
    const fits = nameFilter(pattern);
    assert.deepEqual(
      NAMES.filter((name) => fits(withDefaultTag(parseReference(name)))),
      expected,
    );
  });
}
