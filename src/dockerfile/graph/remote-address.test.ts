import assert from "node:assert/strict";
import { test } from "node:test";
import { isFileMode } from "./file-mode.ts";
import { isGitAddress, isWebAddress } from "./remote-address.ts";
import { isSignal } from "./signals.ts";

test("addresses of git are told from files of the network and paths", () => {
  for (const git of [
    "https://x/a.git",
    "http://x/a.git#v1:dir",
    "https://x/a.git?ref=v1",
    "git://x/a",
    "ssh://git@x/a",
  ]) {
    assert.ok(isGitAddress(git), git);
  }
  assert.ok(isGitAddress("git@github.com:me/app"));
  for (const other of ["https://x/a.tar", "https://x/a.git/file", "https://x/a?b=.git", "a.git", "a@b", "./x@y:z"]) {
    assert.ok(!isGitAddress(other), other);
  }
  assert.ok(isWebAddress("HTTPS://x/a") && !isWebAddress("https:/x") && !isWebAddress("ftp://x"));
});

test("modes are octal or symbolic", () => {
  for (const mode of ["0", "755", "0644", "07777", "u=rwX,go=rX", "+x", "g=u", "a-w+x", "u=", "=r"]) {
    assert.ok(isFileMode(mode), mode);
  }
  for (const none of ["", "8", "10000", "99", "rwx", "u", "u=rw,", "u=rug", "0x1"]) {
    assert.ok(!isFileMode(none), none);
  }
});

test("signals have names and numbers", () => {
  for (const signal of ["SIGTERM", "TERM", "sigint", "9", "SIGRTMIN+3", "RTMAX"]) assert.ok(isSignal(signal), signal);
  for (const none of ["", "0", "-1", "SIG", "SIGNONE", "RTMIN+99"]) assert.ok(!isSignal(none), none);
});
