import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cpuTime } from "../../../test/support/cpu-time.ts";
import type { Dependency } from "./relation.ts";
import { formatClause, parseDependency, parseProvides, parseRelation, satisfies } from "./relation.ts";
import { parseRequest } from "./request.ts";

const show = (dependency: Dependency): string => dependency.map(formatClause).join(", ");

test("parses clauses, alternatives, versions and qualifiers; reads over architectures and profiles", () => {
  assert.equal(
    show(parseDependency("libc6 (>= 2.38), a|b  (<<1:2~),\n c:any, d:i386 (= 1-2),", "x")),
    "libc6 (>= 2.38), a | b (<< 1:2~), c:any, d:i386 (= 1-2)",
  );
  assert.equal(show(parseDependency("a [amd64 !i386], b (>= 1) [linux-any] <!nocheck> <x y>", "x")), "a, b (>= 1)");
  assert.equal(show(parseDependency("a (< 1), b (> 2)", "x")), "a (<= 1), b (>= 2)");
  assert.deepEqual(parseDependency("", "x"), []);
  assert.deepEqual(parseProvides("a, b (= 2)", "x"), [
    { name: "a", version: undefined },
    { name: "b", version: "2" },
  ]);
});

test("refuses other text, naming package and field", () => {
  for (const text of [
    "a b",
    "a (>= )",
    "a (2)",
    "a,,b",
    "a |",
    "| a",
    "(>= 1)",
    "a (>= 1",
    "ä",
    "a (>>>= 1)",
    "a (==1)",
  ]) {
    assert.throws(
      () => parseDependency(text, "nginx, Depends"),
      { code: "FORMAT_INVALID", message: /^nginx, Depends: not a relation/ },
      text,
    );
  }
  assert.throws(() => parseProvides("a (>= 2)", "x, Provides"), {
    code: "FORMAT_INVALID",
    message: /^x, Provides: only/,
  });
  assert.throws(() => parseDependency("a".repeat(2 ** 21), "x"), { code: "LIMIT_EXCEEDED" });
});

test("needs linear time for hostile text", () => {
  const start = cpuTime();
  const blanks = " ".repeat(200_000);
  for (const text of [
    `a${blanks}x`,
    `a (>= 1${blanks}x`,
    `a${"<x> ".repeat(100_000)}x`,
    `a [${blanks}`,
    `(${"(".repeat(200_000)}`,
  ]) {
    assert.throws(() => parseRelation(text, "x"), { code: "FORMAT_INVALID" });
  }
  assert.ok(cpuTime() - start < 1000);
});

test("what is printed parses to the same", () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,10}$/);
  const plain = { noNullPrototype: true };
  const constraint = fc.record(
    {
      operator: fc.constantFrom("<<", "<=", "=", ">=", ">>"),
      version: fc.stringMatching(/^[0-9][a-z0-9.+~:-]{0,8}$/),
    },
    plain,
  );
  const qualifier = fc.constantFrom("", "any", "amd64");
  const relation = fc.record({ name, qualifier, constraint: fc.option(constraint, { nil: undefined }) }, plain);
  fc.assert(
    fc.property(fc.array(fc.array(relation, { minLength: 1 }), { minLength: 1 }), (dependency) => {
      assert.deepEqual(parseDependency(show(dependency), "x"), dependency);
    }),
  );
});

test("satisfies by dpkg's order", () => {
  const holds = (version: string, text: string): boolean => satisfies(version, parseRelation(text, "x").constraint);
  assert.deepEqual(
    ["a (<< 2)", "a (<= 2)", "a (= 2)", "a (>= 2)", "a (>> 2)", "a"].map((text) => holds("2-0", text)),
    [false, true, true, true, false, true],
  );
  assert.equal(holds("2~rc1", "a (>= 2)"), false);
});

test("a request is a name, name=version or a relation", () => {
  assert.deepEqual(parseRequest("nginx"), { name: "nginx", constraint: undefined });
  assert.deepEqual(parseRequest("a=1:2-3"), { name: "a", constraint: { operator: "=", version: "1:2-3" } });
  assert.deepEqual(parseRequest("a (>= 2)"), { name: "a", constraint: { operator: ">=", version: "2" } });
  for (const text of ["", "a=", "=1", "a = 1", "a b"]) {
    assert.throws(() => parseRequest(text), { code: "FORMAT_INVALID" }, text);
  }
});
