import assert from "node:assert/strict";
import { test } from "node:test";
import type { PackageType } from "../../inventory/package.ts";
import { feedsFor } from "./feeds-of.ts";
import type { MatchedPackage } from "./verdict.ts";

function pkg(type: PackageType, name: string, purl: string): MatchedPackage {
  const facts = { type, name, version: "1", architecture: "", source: undefined, licenses: [], dependencies: [] };
  return { facts, purl };
}

const feeds = (...packages: readonly MatchedPackage[]) => [...feedsFor(packages)].sort();

test("each package has the feeds of its kind, and what is about CVEs comes with any", () => {
  assert.deepEqual(feeds(pkg("pypi", "flask", "pkg:pypi/flask@1")), ["epss", "kev", "osv-pypi"]);
  assert.deepEqual(feeds(pkg("generic", "node", "pkg:generic/node@1")), ["epss", "kev", "nodejs-core"]);
  assert.deepEqual(feeds(pkg("apk", "zlib", "pkg:apk/alpine/zlib@1?distro=alpine-3.20.3")), [
    ...["alpine-secdb", "epss", "kev", "osv-alpine"],
  ]);
  assert.deepEqual(feeds(pkg("deb", "bash", "pkg:deb/ubuntu/bash@1?distro=ubuntu-22.04")), [
    ...["epss", "kev", "osv-ubuntu"],
  ]);
});

test("Debian's packages have three feeds", () => {
  const debian = pkg("deb", "bash", "pkg:deb/debian/bash@1?distro=debian-13");
  assert.deepEqual(feeds(debian, pkg("npm", "a", "pkg:npm/a@1")), [
    ...["debian-archive", "debian-support", "debian-tracker", "epss", "kev", "osv-npm"],
  ]);
});

test("nothing is needed where nobody can look", () => {
  assert.deepEqual(feeds(), []);
  assert.deepEqual(
    feeds(pkg("rpm", "bash", "pkg:rpm/fedora/bash@1?distro=fedora-41"), pkg("generic", "x", "pkg:generic/x@1")),
    [],
  );
  assert.deepEqual(feeds(pkg("apk", "bash", "pkg:apk/wolfi/bash@1?distro=wolfi-20230201")), []);
});
