import assert from "node:assert/strict";
import { test } from "node:test";
import { FEEDS } from "../feed.ts";
import { defaultPlaces } from "./addresses.ts";
import { placeText } from "./take-files.ts";

test("each feed that lies in files has https addresses", () => {
  const without = FEEDS.filter((feed) => defaultPlaces(feed, undefined) === undefined);
  assert.deepEqual(without, ["debian-archive", "debian-support"]);
  for (const feed of FEEDS) {
    for (const place of defaultPlaces(feed, undefined)?.places ?? []) assert.equal(new URL(place).protocol, "https:");
  }
});

test("a mirror has each file below its host", () => {
  const placesIn = (base: string) => defaultPlaces("osv-crates", base)?.places;
  const path = "osv-vulnerabilities.storage.googleapis.com/crates.io/all.zip";
  assert.deepEqual(placesIn("https://user:word@mirror/base/"), [`https://user:word@mirror/base/${path}`]);
  assert.deepEqual(placesIn("http://127.0.0.1:80"), [`http://127.0.0.1/${path}`]);
  assert.deepEqual(placesIn("/srv/mirror"), [`/srv/mirror/${path}`]);
});

test("a place is shown without a password, and many as what they have in common", () => {
  assert.equal(placeText(["https://user:word@mirror/a.zip?token=x"]), "https://mirror/a.zip?...");
  assert.equal(placeText(["/a/b", "/c"]), "/a/b, /c");
  assert.match(
    placeText(defaultPlaces("alpine-secdb", undefined)?.places ?? []),
    /^https:\/\/secdb\.alpinelinux\.org\/ \(\d+ files\)$/,
  );
});
