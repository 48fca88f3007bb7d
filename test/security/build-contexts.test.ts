import { describe, test } from "node:test";
import { judgeAttack } from "./build-scene.ts";
import { CONTEXT_ATTACKS } from "./context-attacks.ts";
import { DOCKERFILE_ATTACKS } from "./dockerfile-attacks.ts";
import { IMAGE_ATTACKS } from "./image-attacks.ts";
import { RACES } from "./racing.ts";

const AS_ROOT = process.getuid?.() !== 0 && "needs root to make devices";

describe("a build context that", { skip: AS_ROOT }, () => {
  for (const each of CONTEXT_ATTACKS) test(each.name, { timeout: 60_000 }, (t) => judgeAttack(t, each));
});

describe("a Dockerfile that", () => {
  for (const each of DOCKERFILE_ATTACKS) test(each.name, { timeout: 60_000 }, (t) => judgeAttack(t, each));
});

describe("an image that", () => {
  for (const each of IMAGE_ATTACKS) test(each.name, { timeout: 60_000 }, (t) => judgeAttack(t, each));
});

describe("a build context that is changed while it is read and", () => {
  for (const each of RACES) test(each.name, { timeout: 60_000 }, (t) => judgeAttack(t, each));
});
