import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDockerfile } from "../../../src/dockerfile/dockerfile.ts";
import type { Dockerfile } from "../../../src/dockerfile/instruction.ts";
import { printDockerfile } from "../../../src/dockerfile/print.ts";
import { isDistillError } from "../../../src/lib/errors.ts";
import { meaningOf } from "../../support/dockerfile-meaning.ts";
import { GOLDENS, readGoldens } from "../../support/goldens.ts";
import { ownDockerfiles } from "../../support/own-dockerfiles.ts";
import { unlessShared } from "../../support/shared.ts";

function parsed(text: string): Dockerfile | undefined {
  try {
    return parseDockerfile(text);
  } catch (error) {
    if (isDistillError(error)) return undefined;
    throw error;
  }
}

for (const { name, text } of ownDockerfiles()) {
  test(`${name} is printed as a text of the same meaning`, () => {
    const dockerfile = parseDockerfile(text, name);
    const printed = printDockerfile(dockerfile);
    assert.deepEqual(meaningOf(parseDockerfile(printed)), meaningOf(dockerfile));
    assert.equal(printDockerfile(parseDockerfile(printed)), printed);
  });
}

test("goldens are printed as texts of the same meaning", { skip: unlessShared(...GOLDENS) }, () => {
  let read = 0;
  for (const { id, dockerfile: text } of readGoldens()) {
    const dockerfile = parsed(text);
    if (dockerfile === undefined) continue;
    read++;
    assert.deepEqual(meaningOf(parseDockerfile(printDockerfile(dockerfile))), meaningOf(dockerfile), id);
  }
  assert.ok(read > 600, String(read));
});
