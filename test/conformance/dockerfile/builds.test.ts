import assert from "node:assert/strict";
import { test } from "node:test";
import type { BaseResolver } from "../../../src/dockerfile/graph/request.ts";
import { finalStage } from "../../../src/plan/plan.ts";
import { BUILDS, readBuildCases } from "../../support/build-cases.ts";
import { planText } from "../../support/golden-plan.ts";
import { unlessShared } from "../../support/shared.ts";

const skip = unlessShared(...BUILDS);

/** The base that the builds call busybox. */
const BUSYBOX: BaseResolver = {
  resolve: async () => ({
    author: undefined,
    config: { Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], Cmd: ["sh"] },
    history: [{ created_by: "base" }],
  }),
};

test("there are builds", { skip }, () => assert.ok(readBuildCases().length > 0));

for (const { given, expected } of readBuildCases()) {
  if (!expected.ok) continue;
  test(`the plan of build ${given.name} says what its image is`, { skip }, async () => {
    const request = { arguments: new Map(Object.entries(given.buildArgs)), target: given.target ?? undefined };
    const image = finalStage(await planText(given.dockerfile, request, BUSYBOX)).written?.image;
    assert.ok(image);
    assert.deepEqual(image.config, expected.config);
    assert.equal(image.author ?? null, expected.author ?? null);
    const own = image.history.filter(({ created_by }) => created_by !== "base");
    assert.deepEqual(
      own.map(({ created_by, empty_layer }) => [created_by, empty_layer ?? false]),
      (expected.history ?? [])
        .slice(-own.length || Number.POSITIVE_INFINITY)
        .map((each) => [each.created_by, each.empty_layer]),
    );
  });
}
