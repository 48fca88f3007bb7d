import assert from "node:assert/strict";
import { test } from "node:test";
import { DockerfileParser } from "dockerfile-ast";
import { readStatements } from "../../../src/dockerfile/read-statements.ts";
import { Source } from "../../../src/dockerfile/source.ts";
import { GOLDENS, readGoldens } from "../../support/goldens.ts";
import { ownDockerfiles } from "../../support/own-dockerfiles.ts";
import { unlessShared } from "../../support/shared.ts";

interface Place {
  readonly keyword: string;
  readonly first: number;
  readonly last: number;
}

function ours(text: string): readonly Place[] {
  const source = new Source("Dockerfile", text);
  return readStatements(source).statements.map(({ keyword, span }) => {
    const { start, end } = source.range(span);
    return { keyword: keyword.text, first: start.line, last: end.line };
  });
}

function theirs(text: string): readonly Place[] {
  return DockerfileParser.parse(text)
    .getInstructions()
    .map((instruction) => {
      const { start, end } = instruction.getRange();
      return { keyword: instruction.getInstruction(), first: start.line + 1, last: end.line + 1 };
    });
}

/** Texts that dockerfile-ast 0.7 does not handle as BuildKit does, with what it misses. */
const BEYOND_IT: ReadonlyMap<string, string> = new Map([
  ["heredocs.Dockerfile", "heredocs with a descriptor (3<<EOF) or with a space before their name (<< EOF)"],
  ["e9b2d3604999455c", "heredocs with a descriptor (3<<EOF) or with a space before their name (<< EOF)"],
  ["mounts.Dockerfile", "an escape character at the end of the file, behind which it sees one line more"],
  ["windows.Dockerfile", "an escape character that is escaped at the end of a line, and continues nothing"],
]);

function compare(name: string, text: string): void {
  const reason = BEYOND_IT.get(name);
  if (reason === undefined) assert.deepEqual(ours(text), theirs(text));
  else assert.notDeepEqual(ours(text), theirs(text), `it handles this now: ${reason}`);
}

for (const { name, text } of ownDockerfiles()) {
  test(`dockerfile-ast finds the instructions of ${name} on the same lines`, () => compare(name, text));
}

test("dockerfile-ast finds the instructions of goldens on the same lines", {
  skip: unlessShared(...GOLDENS),
}, async (t) => {
  for (const { id, dockerfile, parse } of readGoldens()) {
    if (parse.nodes !== undefined) await t.test(id, () => compare(id, dockerfile));
  }
});
