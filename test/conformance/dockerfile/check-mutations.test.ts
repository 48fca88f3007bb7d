import assert from "node:assert/strict";
import { test } from "node:test";
import { type Checked, checkDockerfile } from "../../../src/dockerfile/checks/check-dockerfile.ts";
import { Mutations } from "../../support/dockerfile-mutations.ts";
import { GOLDEN_BASE, GOLDEN_REQUEST, planText } from "../../support/golden-plan.ts";
import { readGoldens } from "../../support/goldens.ts";
import { ownDockerfiles } from "../../support/own-dockerfiles.ts";

const INPUTS = 2000;
/** Milliseconds of processor time that one input may take. */
const PATIENCE = 100;

test("mutated Dockerfiles are checked to their end or the first problem, quickly, with places that there are", async () => {
  const sources = [...ownDockerfiles().map(({ text }) => text), ...readGoldens().map(({ dockerfile }) => dockerfile)];
  const mutations = new Mutations(sources, 11);
  let [whole, broken] = [0, 0];
  for (let index = 0; index < INPUTS; index++) {
    const text = mutations.at(index);
    const checked = await quickly(text, index);
    for (const { line, range } of checked.findings) {
      const { start, end } = range;
      const last = checked.source.position(checked.source.text.length).line;
      assert.ok(line >= 1 && line <= last && start.line >= 1 && end.line <= last, `input ${index}: ${line}`);
      assert.ok(start.line < end.line || (start.line === end.line && start.column <= end.column), `input ${index}`);
    }
    if (checked.failure === undefined) whole++;
    else broken++;
    // Checks look at more stages than a build; what they find in order can be built.
    if (checked.failure === undefined && index % 10 === 0) await planText(text);
  }
  assert.ok(whole > INPUTS / 20, `${whole} whole`);
  assert.ok(broken > INPUTS / 20, `${broken} broken`);
});

/** What is slow is tried again: the machine has other work. */
async function quickly(text: string, index: number): Promise<Checked> {
  for (let attempt = 0; ; attempt++) {
    const before = process.cpuUsage();
    const checked = await checkDockerfile(text, "Dockerfile", GOLDEN_REQUEST, GOLDEN_BASE);
    const { user, system } = process.cpuUsage(before);
    const took = (user + system) / 1000;
    if (took < PATIENCE) return checked;
    assert.ok(attempt < 2, `input ${index} took ${took} ms`);
  }
}
