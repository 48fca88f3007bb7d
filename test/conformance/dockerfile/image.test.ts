import assert from "node:assert/strict";
import { test } from "node:test";
import { isDistillError } from "../../../src/lib/errors.ts";
import { finalStage, type Plan } from "../../../src/plan/plan.ts";
import { planText } from "../../support/golden-plan.ts";
import { GOLDENS, type GoldenImage, readGoldens } from "../../support/goldens.ts";
import { unlessShared } from "../../support/shared.ts";

const skip = unlessShared(...GOLDENS);

/** Where distill differs on purpose, with the reason. */
const DIFFERENT: ReadonlyMap<string, string> = new Map([
  [
    "2520e5bbe9111946",
    "RUN --device is understood always; BuildKit's front end knows it in an experimental version only",
  ],
]);

test("there are goldens", { skip }, () => assert.ok(readGoldens().length > 0));

for (const { id, source, dockerfile, convert } of readGoldens()) {
  const different = DIFFERENT.get(id);
  if (different !== undefined) {
    test(`${id} differs: ${different}`, { skip }, async () => {
      assert.equal((await planText(dockerfile)).stages.length > 0, convert.image === undefined);
    });
  } else if (convert.image === undefined) {
    test(`${id} is refused (${source})`, { skip }, async () => {
      await assert.rejects(planText(dockerfile), (error) => isDistillError(error, "CONFIG_INVALID"));
    });
  } else {
    const { image } = convert;
    test(`image of ${id} (${source})`, { skip }, async () => {
      assert.deepEqual(imageOf(await planText(dockerfile)), expected(image));
    });
  }
}

function imageOf(plan: Plan): unknown {
  const image = finalStage(plan).written?.image;
  assert.ok(image);
  const { author, config, history } = image;
  return { author, config: without(config, []), history };
}

function expected({ author, config, history }: GoldenImage): unknown {
  return { author, config, history: history ?? [] };
}

/** An empty value and none mean the same in a config. */
function without(config: object, keys: readonly string[]): unknown {
  return Object.fromEntries(
    Object.entries(config).filter(([key, value]) => !keys.includes(key) && value !== "" && value !== undefined),
  );
}
