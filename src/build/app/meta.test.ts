import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ContainerConfig } from "../../image/config.ts";
import type { MetaStep } from "../../plan/plan.ts";
import { applyMeta, mergeEnv } from "./meta.ts";

const BASE: ContainerConfig = {
  User: "65532",
  Env: ["PATH=/usr/bin", "LANG=C.UTF-8"],
  Entrypoint: ["/usr/bin/python3.13"],
  Cmd: ["-c", "1"],
  WorkingDir: "/home/nonroot",
  Labels: { a: "1" },
  ExposedPorts: { "80/tcp": {} },
  StopSignal: "SIGINT",
};

function after(changes: Omit<MetaStep, "kind" | "text">): ContainerConfig {
  return applyMeta(BASE, { kind: "meta", text: "configure", ...changes });
}

test("a step without changes changes nothing", () => {
  assert.deepEqual(after({}), BASE);
});

test("an entrypoint drops the base's cmd, unless the step gives one", () => {
  const { Cmd: _, ...rest } = BASE;
  assert.deepEqual(after({ entrypoint: ["/app"] }), { ...rest, Entrypoint: ["/app"] });
  assert.deepEqual(after({ entrypoint: ["/app"], cmd: ["-v"] }), { ...BASE, Entrypoint: ["/app"], Cmd: ["-v"] });
  assert.deepEqual(after({ cmd: ["-v"] }), { ...BASE, Cmd: ["-v"] });
});

test("user and workdir are replaced", () => {
  assert.deepEqual(after({ user: "0", workdir: "/" }), { ...BASE, User: "0", WorkingDir: "/" });
});

test("env, ports and labels are added to those of the base", () => {
  const config = after({ env: { PATH: "/x", A: "b=c" }, ports: ["53/udp", "80/tcp"], labels: { a: "2", b: "3" } });
  assert.deepEqual(config.Env, ["PATH=/x", "LANG=C.UTF-8", "A=b=c"]);
  assert.deepEqual(config.ExposedPorts, { "80/tcp": {}, "53/udp": {} });
  assert.deepEqual(config.Labels, { a: "2", b: "3" });
});

test("merging variables gives each name once, the last value, and keeps the order of what was there", () => {
  const name = fc.stringMatching(/^[A-C]{1,2}$/);
  const variables = fc.uniqueArray(fc.tuple(name, fc.string({ maxLength: 4 })), { selector: ([key]) => key });
  fc.assert(
    fc.property(variables, variables, (before, changes) => {
      const merged = mergeEnv(
        before.map(([key, value]) => `${key}=${value}`),
        Object.fromEntries(changes),
      );
      const expected = new Map([...before, ...changes]);
      assert.deepEqual(
        merged,
        Array.from(expected, ([key, value]) => `${key}=${value}`),
      );
    }),
    { numRuns: 100 },
  );
});
