import assert from "node:assert/strict";
import { test } from "node:test";
import { helperKey, lookupKeys, normalKey } from "./keys.ts";

test("a repository is looked up before what it lies in, and that before its registry", () => {
  assert.deepEqual(lookupKeys("host:5000/a/b/c"), ["host:5000/a/b/c", "host:5000/a/b", "host:5000/a", "host:5000"]);
  assert.deepEqual(lookupKeys("host"), ["host"]);
  assert.deepEqual(lookupKeys("registry-1.docker.io/library/python"), [
    "docker.io/library/python",
    "docker.io/library",
    "docker.io",
  ]);
});

test("keys that mean the same are one", () => {
  for (const key of [
    "https://index.docker.io/v1/",
    "index.docker.io",
    "docker.io",
    "https://registry-1.docker.io/v2/",
  ]) {
    assert.equal(normalKey(key), "docker.io", key);
  }
  for (const key of ["host:5000", "https://host:5000", "http://host:5000/v1/", "host:5000/v2/", "HOST:5000/"]) {
    assert.equal(normalKey(key), "host:5000", key);
  }
  assert.equal(normalKey("host:5000/a/b"), "host:5000/a/b");
  assert.equal(normalKey("docker.io/me"), "docker.io/me");
});

test("helpers have Docker Hub under its old address", () => {
  assert.equal(helperKey("docker.io"), "https://index.docker.io/v1/");
  assert.equal(helperKey("ghcr.io"), "ghcr.io");
});
