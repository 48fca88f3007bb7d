import assert from "node:assert/strict";
import { test } from "node:test";
import type { SourcePackage } from "../../inventory/package.ts";
import { debianCodename, debianPackage, sourceOf } from "./debian-package.ts";

function deb(purl: string, source?: SourcePackage) {
  const facts = { name: "libssl3", version: "3.0-1+b1", architecture: "", source, licenses: [], dependencies: [] };
  return { facts: { type: "deb", ...facts }, purl } as const;
}

test("a package of Debian's is told by its source and release", () => {
  const purl = "pkg:deb/debian/libssl3@3.0-1%2Bb1?arch=amd64&distro=debian-13";
  assert.deepEqual(debianPackage(deb(purl, { name: "openssl", version: "3.0-1" })), {
    ...{ codename: "trixie", source: "openssl", version: "3.0-1" },
  });
});

test("packages of others, of no release or of another kind are none", () => {
  for (const purl of [
    "pkg:deb/debian/libssl3@3.0",
    "pkg:deb/ubuntu/libssl3@3.0?distro=ubuntu-22.04",
    "pkg:deb/raspbian/libssl3@3.0?distro=raspbian-12",
    "pkg:deb/libssl3@3.0",
    "nonsense",
  ]) {
    assert.equal(debianPackage(deb(purl)), undefined, purl);
  }
  const npm = { ...deb("pkg:npm/debian/a?distro=debian-13") };
  assert.equal(debianPackage({ ...npm, facts: { ...npm.facts, type: "npm" } }), undefined);
});

test("what other producers write is understood", () => {
  for (const distro of ["bookworm", "debian-bookworm", "debian-12", "debian-12.11", "Debian-12"]) {
    assert.equal(debianPackage(deb(`pkg:deb/debian/a@1?distro=${distro}`))?.codename, "bookworm", distro);
  }
  assert.equal(debianPackage(deb("pkg:deb/a@1?distro=debian-12"))?.codename, "bookworm");
});

test("releases have codenames", () => {
  const versions = ["11", "12", "13", "14", "9", "testing", "unstable", "sid", "13.1", "trixie"];
  assert.deepEqual(versions.map(debianCodename), [
    ...["bullseye", "bookworm", "trixie", "forky", "stretch", "sid", "sid", "sid", "trixie", "trixie"],
  ]);
  for (const version of ["", "99", "13-1", "constructor", "buzz/sid"]) assert.equal(debianCodename(version), undefined);
});

test("a source without a version has that of the package, and none has its name too", () => {
  const { facts } = deb("");
  assert.deepEqual(sourceOf(facts), { name: "libssl3", version: "3.0-1+b1" });
  assert.deepEqual(sourceOf({ ...facts, source: { name: "openssl", version: "" } }), {
    ...{ name: "openssl", version: "3.0-1+b1" },
  });
});
