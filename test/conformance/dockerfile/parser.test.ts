import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parseDockerfile } from "../../../src/dockerfile/dockerfile.ts";
import { Source } from "../../../src/dockerfile/source.ts";
import { isDistillError } from "../../../src/lib/errors.ts";
import { parseNodes } from "../../support/buildkit-parse.ts";
import { sharedPath, unlessShared } from "../../support/shared.ts";

const FOLDER = ["cases", "dockerfile", "parser"] as const;
const skip = unlessShared(...FOLDER);

function cases(folder: string): readonly string[] {
  const path = sharedPath(...FOLDER, folder);
  return existsSync(path) ? readdirSync(path).sort() : [];
}

function read(...parts: readonly string[]): string {
  return readFileSync(sharedPath(...FOLDER, ...parts), "utf8");
}

test("there are cases of the parser", { skip }, () => {
  assert.ok(cases("testfiles").length > 0);
  assert.ok(cases("testfiles-negative").length > 0);
});

for (const name of cases("testfiles")) {
  test(`parse tree of ${name}`, { skip }, () => {
    const source = new Source(name, read("testfiles", name, "Dockerfile"));
    const nodes = parseNodes(source).map(({ sexp }) => `(${sexp})`);
    assert.equal(nodes.join("\n"), read("testfiles", name, "result").trimEnd());
  });
}

for (const name of cases("testfiles-negative")) {
  test(`${name} is refused`, { skip }, () => {
    const text = read("testfiles-negative", name, "Dockerfile");
    assert.throws(
      () => parseDockerfile(text),
      (error) => isDistillError(error, "CONFIG_INVALID"),
    );
  });
}

test("instructions begin and end on their lines", { skip }, () => {
  const nodes = parseNodes(new Source("Dockerfile", read("testfile-line", "Dockerfile")));
  assert.deepEqual(
    nodes.map(({ startLine, endLine }) => [startLine, endLine]),
    [
      [5, 5],
      [11, 12],
      [17, 31],
    ],
  );
});
