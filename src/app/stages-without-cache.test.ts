import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDockerfile } from "../dockerfile/dockerfile.ts";
import { planDockerfile } from "../dockerfile/graph/plan-dockerfile.ts";
import { stagesWithoutCache } from "./stages-without-cache.ts";

const FILE = "FROM scratch AS Files\nCOPY a /\nFROM scratch\nCOPY --from=files a /\n";

async function asked(...names: readonly string[]) {
  const platform = { os: "linux", architecture: "amd64" };
  const request = {
    ...{ directory: ".", target: undefined, arguments: new Map(), contexts: new Map() },
    ...{ platform, buildPlatform: platform },
  };
  const plan = await planDockerfile(parseDockerfile(FILE, "Dockerfile"), request, {
    resolve: () => Promise.reject(new Error("no images")),
  });
  const unknown: string[] = [];
  const found = [...stagesWithoutCache(plan, names, (name) => unknown.push(name))];
  return { found, unknown };
}

test("a stage is named by its name, its number, or as progress calls it", async () => {
  assert.deepEqual(await asked("FILES"), { found: ["files"], unknown: [] });
  assert.deepEqual(await asked("0"), { found: ["files"], unknown: [] });
  assert.deepEqual(await asked("1"), { found: ["1"], unknown: [] });
  assert.deepEqual(await asked("stage-1"), { found: ["1"], unknown: [] });
});

test("what is no stage is told, and changes nothing", async () => {
  assert.deepEqual(await asked("stage-0", "files", "fiels"), { found: ["files"], unknown: ["stage-0", "fiels"] });
});
