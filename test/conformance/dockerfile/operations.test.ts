import assert from "node:assert/strict";
import { test } from "node:test";
import { operationsOfGolden, operationsOfPlan } from "../../support/buildkit-operations.ts";
import { planText } from "../../support/golden-plan.ts";
import { GOLDENS, readGoldens } from "../../support/goldens.ts";
import { unlessShared } from "../../support/shared.ts";

const skip = unlessShared(...GOLDENS);

test("there are goldens", { skip }, () => assert.ok(readGoldens().length > 0));

for (const { id, source, dockerfile, convert } of readGoldens()) {
  if (convert.image === undefined) continue;
  test(`steps of ${id} (${source})`, { skip }, async () => {
    const plan = await planText(dockerfile);
    assert.deepEqual(operationsOfPlan(plan), operationsOfGolden(convert.ops ?? []));
  });
}
