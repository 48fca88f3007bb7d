import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDockerfile } from "./dockerfile.ts";
import { printDockerfile } from "./print.ts";

const printed = (text: string): string => printDockerfile(parseDockerfile(text));

test("instructions are printed in one line each, below their comments, with their documents", () => {
  const text = "# escape=`\n# note\n\nFROM a\nrun b `\n # gone\n\n  c\n\n#\n# kept\nRUN <<A\n\tx\nA\nCMD d";
  assert.equal(printed(text), "# escape=`\n\n# note\nFROM a\nrun b   c\n# kept\nRUN <<A\n\tx\nA\nCMD d\n");
});

test("a comment that looks like a directive stays a comment", () => {
  assert.equal(parseDockerfile(printed("\n# escape=`\nFROM a")).directives.escape, "\\");
});

test("an escape character that ends an instruction does not continue it when it is printed", () => {
  for (const end of ["\\ \\", "\\\f", "\\\u00a0", "\\\r \\", "\\ \r\r\\"]) {
    const [, run, user] = parseDockerfile(`${printed(`FROM a\nRUN x${end}\n`)}USER b\n`).instructions;
    assert.equal(run?.statement.rest.text, "x\\", JSON.stringify(end));
    assert.equal(user?.kind, "USER");
  }
});
