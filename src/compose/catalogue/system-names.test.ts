import assert from "node:assert/strict";
import { test } from "node:test";
import { isDistillError } from "../../lib/errors.ts";
import { isSystemName, systemImage } from "./system-names.ts";

const shown = (name: string): string => {
  const { suite, slim, toolchain, version } = systemImage(name);
  return [suite, ...(slim ? ["slim"] : []), toolchain?.name ?? "-", version ?? "-"].join(" ");
};

test("debian stands for a release by codename, number or age, each slim too", () => {
  assert.equal(shown("debian"), "trixie - -");
  assert.equal(shown("debian:stable-slim"), "trixie slim - -");
  assert.equal(shown("debian:13"), "trixie - -");
  assert.equal(shown("debian:12-slim"), "bookworm slim - -");
  assert.equal(shown("docker.io/library/debian:bullseye"), "bullseye - -");
  assert.equal(shown("debian:oldstable"), "bookworm - -");
});

test("a language comes of the release that has its version, else of the newest or of the one that is named", () => {
  assert.equal(shown("python"), "trixie python -");
  assert.equal(shown("python:3"), "trixie python 3");
  assert.equal(shown("python:3.11.4"), "bookworm python 3.11.4");
  assert.equal(shown("python:3.12-slim"), "trixie slim python 3.12");
  assert.equal(shown("python:3.12-slim-bookworm"), "bookworm slim python 3.12");
  assert.equal(shown("python:slim"), "trixie slim python -");
  assert.equal(shown("golang:1.19"), "bookworm golang 1.19");
  assert.equal(shown("golang:1.190"), "trixie golang 1.190");
  assert.equal(shown("golang:1.7.3"), "trixie golang 1.7.3");
  assert.equal(shown("golang:latest"), "trixie golang -");
});

test("what cannot be composed says why, and what to use in its place", () => {
  const refused = (name: string): string => {
    assert.ok(isSystemName(name), name);
    try {
      systemImage(name);
    } catch (error) {
      assert.ok(isDistillError(error, "UNSUPPORTED"));
      return `${error.message}; ${error.hint}`;
    }
    return assert.fail(`${name} is composed`);
  };
  assert.match(refused("ubuntu:14.04"), /^ubuntu:14\.04 cannot be composed: it is no Debian; use debian:trixie;/);
  assert.match(refused("alpine"), /use debian:trixie-slim \(apt-get in place of apk\).*static-debian13/);
  assert.match(refused("python:2.7-slim"), /use python:3, or .*debian:bullseye .*gcr\.io\/distroless\/python2\.7/);
  assert.match(refused("python:2"), /use python:3/);
  assert.match(refused("python:3.13-alpine"), /no Debian; use python:trixie \(Python 3\.13\).*-slim/);
  assert.match(refused("golang:1.24-nanoserver"), /a tag that is not known; use golang:trixie \(Go 1\.24\)/);
  assert.match(refused("golang:1-slim"), /a tag that is not known/);
  assert.match(refused("debian:trixie-20260101-slim"), /names a day.*use debian:trixie-slim, and a lock file/);
  assert.match(refused("debian:12.5"), /a point release.*use debian:bookworm,/);
  for (const name of ["debian:sid", "debian:testing", "debian:buster", "debian:experimental"]) {
    assert.match(refused(name), /no keys for; use one of debian:trixie, debian:bookworm, debian:bullseye/);
  }
});

test("other names are none of these", () => {
  for (const name of ["debian/x", "example.com/debian:trixie", "debianx", "node:20", "gcr.io/distroless/static"]) {
    assert.equal(isSystemName(name), false, name);
  }
});
