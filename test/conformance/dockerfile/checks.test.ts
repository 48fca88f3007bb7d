import assert from "node:assert/strict";
import { test } from "node:test";
import { checkDockerfile } from "../../../src/dockerfile/checks/check-dockerfile.ts";
import { GOLDEN_BASE, GOLDEN_REQUEST } from "../../support/golden-plan.ts";
import { GOLDENS, readGoldens } from "../../support/goldens.ts";
import { unlessShared } from "../../support/shared.ts";

const skip = unlessShared(...GOLDENS);

/** Where distill differs on purpose, with the reason. */
const DIFFERENT: ReadonlyMap<string, string> = new Map([]);

test("there are goldens", { skip }, () => assert.ok(readGoldens().length > 0));

for (const { id, source, dockerfile, lint } of readGoldens()) {
  const different = DIFFERENT.get(id);
  test(different === undefined ? `checks of ${id} (${source})` : `${id} differs: ${different}`, { skip }, async () => {
    const expected = lint.map(({ rule, detail, line }) => `${line} ${rule}: ${detail}`).toSorted();
    const found = await findings(dockerfile);
    if (different === undefined) assert.deepEqual(found, expected);
    else assert.notDeepEqual(found, expected);
  });
}

async function findings(text: string): Promise<readonly string[]> {
  const checked = await checkDockerfile(text, "Dockerfile", GOLDEN_REQUEST, GOLDEN_BASE);
  return checked.findings
    .filter(({ rule }) => !rule.startsWith("distill/"))
    .map(({ rule, detail, line }) => `${line} ${rule}: ${detail}`)
    .toSorted();
}
