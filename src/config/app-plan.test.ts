import assert from "node:assert/strict";
import { test } from "node:test";
import { composeStep } from "../../test/support/compose-step.ts";
import type { MetaStep } from "../plan/plan.ts";
import { parseAppConfig } from "./app-config.ts";
import { planOfApp } from "./app-plan.ts";

const PLATFORM = { os: "linux", architecture: "amd64" };

function stepsOf(text: string) {
  const plan = planOfApp(
    parseAppConfig(text, "distill.yaml"),
    { path: "/x/app/distill.yaml", shown: "app/distill.yaml" },
    PLATFORM,
  );
  assert.deepEqual([plan.source, plan.directory, plan.stages.length], ["app/distill.yaml", "/x/app", 1]);
  return plan.stages[0]?.steps ?? [];
}

function metaOf(text: string): MetaStep {
  const meta = stepsOf(text).at(-1);
  assert.ok(meta?.kind === "meta");
  return meta;
}

test("a base alone is composed and configured, as nonroot", () => {
  assert.deepEqual(stepsOf("base: static\n"), [composeStep(), { kind: "meta", text: "configure" }]);
});

test("packages and suite end in the compose step", () => {
  const [compose] = stepsOf("base: python3\nsuite: trixie\npackages: [gunicorn, curl=8.14.1-2]\n");
  const packages = ["gunicorn", "curl=8.14.1-2"];
  const text = "compose python3 trixie gunicorn curl=8.14.1-2";
  assert.deepEqual(compose, composeStep({ text, base: "python3", suite: "trixie", packages }));
});

test("each entry of copy is a step of its own, in order", () => {
  const steps = stepsOf(
    "base: base\ncopy:\n- {from: app, to: /app}\n- {from: [a, b], to: /x/, owner: app:1, mode: 0640}\n",
  );
  assert.deepEqual(steps.slice(1, -1), [
    { kind: "copy", text: "copy app /app", sources: ["app"], destination: "/app", owner: undefined, mode: undefined },
    { kind: "copy", text: "copy a b /x/", sources: ["a", "b"], destination: "/x/", owner: "app:1", mode: 0o640 },
  ]);
});

test("the other keys end in the meta step", () => {
  const text =
    "base: base\nentrypoint: [/bin/app]\ncmd: [-v]\nenv: {A: 1}\nworkdir: /w\nuser: 1000:5\nports: [80, 53/udp]\nlabels: {l: true}\n";
  assert.deepEqual(metaOf(text), {
    kind: "meta",
    text: "configure",
    entrypoint: ["/bin/app"],
    cmd: ["-v"],
    env: { A: "1" },
    workdir: "/w",
    user: "1000:5",
    ports: ["80/tcp", "53/udp"],
    labels: { l: "true" },
  });
});

test("root and nonroot are accounts that the base sets by number", () => {
  const cases: readonly (readonly [user: string, base: string, set: string | undefined])[] = [
    ["root", "root", undefined],
    ["0", "root", undefined],
    ["nonroot", "nonroot", undefined],
    ["root:root", "root", "root:root"],
    ["'0:0'", "root", "0:0"],
    ["65532", "nonroot", "65532"],
    ["app", "nonroot", "app"],
    ["rooted", "nonroot", "rooted"],
  ];
  for (const [user, base, set] of cases) {
    const [compose] = stepsOf(`base: base\nuser: ${user}\n`);
    assert.ok(compose?.kind === "compose");
    assert.equal(compose.user, base, user);
    assert.equal(metaOf(`base: base\nuser: ${user}\n`).user, set, user);
  }
});
