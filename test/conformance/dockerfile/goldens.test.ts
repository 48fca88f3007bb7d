import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDockerfile } from "../../../src/dockerfile/dockerfile.ts";
import { Source } from "../../../src/dockerfile/source.ts";
import { isDistillError } from "../../../src/lib/errors.ts";
import { buildkitFile, REFUSED } from "../../support/buildkit-instructions.ts";
import { parseNodes } from "../../support/buildkit-parse.ts";
import { GOLDENS, readGoldens } from "../../support/goldens.ts";
import { unlessShared } from "../../support/shared.ts";

const skip = unlessShared(...GOLDENS);

/** The recording of BuildKit's typed instructions failed for these (nil pointers for comments above); they are read here. */
const UNRECORDED = /^PANIC: /;

const refused = (error: unknown): boolean => isDistillError(error, "CONFIG_INVALID");

test("there are goldens", { skip }, () => assert.ok(readGoldens().length > 0));

for (const { id, source, dockerfile, parse, instructions } of readGoldens()) {
  test(`parse tree of ${id} (${source})`, { skip }, () => {
    if (parse.nodes === undefined) assert.throws(() => parseDockerfile(dockerfile), refused);
    else assert.deepEqual(parseNodes(new Source("Dockerfile", dockerfile)), parse.nodes);
  });

  test(`instructions of ${id} (${source})`, { skip }, () => {
    if (UNRECORDED.test(instructions.error ?? "")) assert.ok(parseDockerfile(dockerfile).stages.length > 0);
    else if (instructions.stages === undefined) assert.throws(() => parseDockerfile(dockerfile), refused);
    else assert.deepEqual(buildkitFile(parseDockerfile(dockerfile)), withoutWording(instructions));
  });
}

/** BuildKit's reason for refusing a mount is one in its own words. */
function withoutWording<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (key, each) => (key === "expandError" ? REFUSED : each));
}
