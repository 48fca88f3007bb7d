import assert from "node:assert/strict";
import { test } from "node:test";
import { pairHistory } from "./history.ts";

const step = (created_by: string, empty_layer = false) => ({ created_by, ...(empty_layer ? { empty_layer } : {}) });

test("each layer stands beside the step that made it, and a step that made none stands alone", () => {
  const [from, env, copy] = [step("FROM"), step("ENV", true), step("COPY")];
  assert.deepEqual(pairHistory(2, [from, env, copy]), [
    { layer: 0, entry: from },
    { layer: undefined, entry: env },
    { layer: 1, entry: copy },
  ]);
});

for (const [what, layers, history] of [
  ["fewer", 2, [step("a"), step("b", true)]],
  ["more", 1, [step("a"), step("b")]],
  ["no", 1, []],
] as const) {
  test(`where the history speaks of ${what} layers, nothing is paired and nothing is lost`, () => {
    const rows = pairHistory(layers, history);
    assert.deepEqual(
      rows.filter(({ layer }) => layer !== undefined).map(({ layer, entry }) => [layer, entry]),
      Array.from({ length: layers }, (_, layer) => [layer, undefined]),
    );
    assert.deepEqual(
      rows.flatMap(({ entry }) => (entry === undefined ? [] : [entry])),
      history,
    );
  });
}
