import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDockerfile } from "../../../src/dockerfile/dockerfile.ts";
import { printDockerfile } from "../../../src/dockerfile/print.ts";
import { isDistillError } from "../../../src/lib/errors.ts";
import type { Plan } from "../../../src/plan/plan.ts";
import { planText } from "../../support/golden-plan.ts";
import { GOLDENS, readGoldens } from "../../support/goldens.ts";
import { ownDockerfiles } from "../../support/own-dockerfiles.ts";
import { unlessShared } from "../../support/shared.ts";

/** A plan without the places in its text. */
function meaningOf(plan: Plan): unknown {
  return JSON.parse(JSON.stringify(plan), (key, value) => (key === "place" ? undefined : value));
}

async function comparePrinted(text: string): Promise<void> {
  const printed = printDockerfile(parseDockerfile(text));
  assert.deepEqual(await outcomeOf(printed), await outcomeOf(text));
}

/** The plan, or why there is none. */
async function outcomeOf(text: string): Promise<unknown> {
  try {
    return meaningOf(await planText(text));
  } catch (error) {
    if (!isDistillError(error, "CONFIG_INVALID")) throw error;
    const [first = ""] = error.message.split("\n");
    return first.replace(/^\S+:\d+:\d+: /, "");
  }
}

for (const { name, text } of ownDockerfiles()) {
  test(`${name} and what is printed of it have one plan`, () => comparePrinted(text));
}

test("goldens and what is printed of them have one plan", { skip: unlessShared(...GOLDENS) }, async () => {
  for (const { dockerfile, convert } of readGoldens()) {
    if (convert.image !== undefined) await comparePrinted(dockerfile);
  }
});
