import assert from "node:assert/strict";
import { test } from "node:test";
import type { Scope } from "./scope.ts";
import { covers, formatScopes, scopeKey, scopeSet } from "./scope-set.ts";

const pull: Scope = { repository: "a/b", actions: ["pull"] };
const push: Scope = { repository: "a/b", actions: ["push", "pull"] };
const other: Scope = { repository: "c", actions: ["pull"] };

test("what a challenge asks for comes first, and each repository once", () => {
  assert.deepEqual(formatScopes(scopeSet("repository:x:pull", [pull, other])), [
    "repository:x:pull",
    "repository:a/b:pull",
    "repository:c:pull",
  ]);
  assert.deepEqual(formatScopes(scopeSet("repository:c:pull repository:a/b:delete", [push, other])), [
    "repository:c:pull",
    "repository:a/b:delete,push,pull",
  ]);
});

test("other kinds of resources and names with ports are kept, nonsense is not", () => {
  const asked = "registry:catalog:* repository:host:5000/a:pull nonsense ::: repository:x: :y:pull";
  assert.deepEqual(formatScopes(scopeSet(asked, [])), ["registry:catalog:*", "repository:host:5000/a:pull"]);
});

test("a challenge of any length asks for 32 scopes at most", () => {
  const asked = Array.from({ length: 1000 }, (_, index) => `repository:r${index}:pull`).join(" ");
  assert.equal(scopeSet(asked, [pull]).size, 33);
});

test("the key of a set does not depend on order", () => {
  assert.equal(scopeKey(scopeSet(undefined, [push, other])), scopeKey(scopeSet("repository:c:pull", [push])));
  assert.equal(
    scopeKey(scopeSet(undefined, [push])),
    scopeKey(scopeSet(undefined, [{ repository: "a/b", actions: ["pull", "push"] }])),
  );
  assert.notEqual(scopeKey(scopeSet(undefined, [push])), scopeKey(scopeSet(undefined, [pull])));
});

test("a set covers what is part of it", () => {
  const set = scopeSet("registry:catalog:*", [push]);
  assert.ok(covers(set, scopeSet(undefined, [pull])));
  assert.ok(covers(set, scopeSet("registry:catalog:read", [])));
  assert.ok(covers(set, scopeSet(undefined, [])));
  assert.ok(!covers(set, scopeSet(undefined, [pull, other])));
  assert.ok(!covers(set, scopeSet("repository:a/b:delete", [])));
});
