import assert from "node:assert/strict";
import { test } from "node:test";
import { describeFigures, soakDockerfiles } from "../../support/dockerfile-soak.ts";
import { readGoldens } from "../../support/goldens.ts";
import { ownDockerfiles } from "../../support/own-dockerfiles.ts";

const INPUTS = 10_000;
/** Bytes that reading them all may leave behind. */
const MEMORY = 300 * 1024 * 1024;

test("mutated Dockerfiles are read or refused with a reason, quickly, and printed as what they mean", () => {
  const before = process.memoryUsage().rss;
  const sources = [...ownDockerfiles().map(({ text }) => text), ...readGoldens().map(({ dockerfile }) => dockerfile)];
  const figures = soakDockerfiles(sources, 1, INPUTS);
  assert.deepEqual(figures.problems, []);
  // Neither half of the work may have vanished.
  assert.ok(figures.read > INPUTS / 10, describeFigures(figures));
  assert.ok(figures.refused > INPUTS / 10, describeFigures(figures));
  assert.ok(process.memoryUsage().rss - before < MEMORY, String(process.memoryUsage().rss));
});
