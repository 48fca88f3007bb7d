import assert from "node:assert/strict";
import { test } from "node:test";
import type { BaseResolver, PlanRequest } from "../../../src/dockerfile/graph/request.ts";
import { isDistillError } from "../../../src/lib/errors.ts";
import { finalStage } from "../../../src/plan/plan.ts";
import { BUILDS, type BuildCase, readBuildCases } from "../../support/build-cases.ts";
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

/** What fails only when files are copied or a program runs. */
const FAILS_LATER: ReadonlySet<string> = new Set([
  "copy-parents-missing",
  "copy-dir-onto-file-error",
  "run-fail",
  "run-mount-secret-required",
  "dockerignore-excluded-copy-error",
  // The name of a stage below is that of an image.
  "cyclic-error",
]);

for (const { given, expected } of readBuildCases()) {
  if (!expected.ok) {
    test(`build ${given.name} fails ${FAILS_LATER.has(given.name) ? "later" : "in its plan"}`, { skip }, async () => {
      const planned = planText(given.dockerfile, requestOf(given), BUSYBOX);
      if (FAILS_LATER.has(given.name)) await planned;
      else await assert.rejects(planned, (error) => isDistillError(error, "CONFIG_INVALID"));
    });
    continue;
  }
  test(`the plan of build ${given.name} says what its image is`, { skip }, async () => {
    const image = finalStage(await planText(given.dockerfile, requestOf(given), BUSYBOX)).written?.image;
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

function requestOf({ buildArgs, target }: BuildCase): Partial<PlanRequest> {
  return { arguments: new Map(Object.entries(buildArgs)), target: target ?? undefined };
}
