import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import { isDistillError } from "../../lib/errors.ts";
import { parseFeed, parseSources } from "./sources.ts";

test("a feed has an address, paths made absolute, several of them, or its default again", () => {
  const texts = [
    "kev=https://host/k.json?a=b",
    "osv-pypi=one",
    "osv-pypi=/two",
    "epss=x",
    "epss=default",
    "osv-go=default",
    "osv-go=a=b",
  ];
  assert.deepEqual(
    [...parseSources(texts)],
    [
      ["kev", ["https://host/k.json?a=b"]],
      ["osv-pypi", [resolve("one"), "/two"]],
      ["epss", undefined],
      ["osv-go", [resolve("a=b")]],
    ],
  );
});

test("what names no feed or no place is refused", () => {
  for (const text of ["", "kev", "kev=", "=x", "other=x", "debian-archive=x", "kev=ftp://host", "kev=http://"]) {
    assert.throws(
      () => parseSources([text]),
      (error) => isDistillError(error, "USAGE"),
      text,
    );
  }
  assert.throws(() => parseFeed("osv-pipy"), /there is no feed "osv-pipy"/);
});
