import assert from "node:assert/strict";
import { test } from "node:test";
import { isDistillError } from "../errors.ts";
import { type GitAddress, isFullHash, parseCommitChecksum, parseGitAddress } from "./address.ts";
import { isRefName } from "./ref-name.ts";
import { parseRemote, submoduleRemote } from "./remote.ts";

const HASH = "0123456789abcdef0123456789abcdef01234567";

function shortly(address: GitAddress): readonly unknown[] {
  const { remote, ref, subdirectory, checksum, keepGitDirectory, submodules } = address;
  return [remote.address, ref, subdirectory.join("/"), checksum, keepGitDirectory, submodules];
}

test("addresses are taken apart as BuildKit takes them apart", () => {
  const none = undefined;
  for (const [text, ...expected] of [
    ["https://example.com/foo.git", "https://example.com/foo.git", none, "", none, none, true],
    ["https://example.com/foo.git#release/1.2", "https://example.com/foo.git", "release/1.2", "", none, none, true],
    ["https://h/a.git#baz/qux:quux/quuz", "https://h/a.git", "baz/qux", "quux/quuz", none, none, true],
    ["https://h/a.git#:dir", "https://h/a.git", none, "dir", none, none, true],
    ["https://h/a.git#v1:", "https://h/a.git", "v1", "", none, none, true],
    ["https://h/a.git#", "https://h/a.git", none, "", none, none, true],
    ["https://h/a.git#v1:/sub//dir/./", "https://h/a.git", "v1", "sub/dir", none, none, true],
    ["https://h/a.git#v1:a%20b", "https://h/a.git", "v1", "a b", none, none, true],
    ["git@github.com:me/app", "git@github.com:me/app", none, "", none, none, true],
    ["git@github.com:me/app.git#v1:d", "git@github.com:me/app.git", "v1", "d", none, none, true],
    ["git@github.com:me/app.git?ref=v1", "git@github.com:me/app.git", "v1", "", none, none, true],
    ["ssh://git@h:22/a", "ssh://git@h:22/a", none, "", none, none, true],
    ["git://h/a", "git://h/a", none, "", none, none, true],
    ["https://h/a.git?ref=v1.0&subdir=/sub", "https://h/a.git", "v1.0", "sub", none, none, true],
    ["https://h/a.git?tag=v1", "https://h/a.git", "refs/tags/v1", "", none, none, true],
    ["https://h/a.git?tag=refs/tags/v1", "https://h/a.git", "refs/tags/v1", "", none, none, true],
    ["https://h/a.git?branch=b", "https://h/a.git", "refs/heads/b", "", none, none, true],
    ["https://h/a.git?branch=b#refs/heads/b", "https://h/a.git", "refs/heads/b", "", none, none, true],
    ["https://h/a.git?ref=v1&checksum=ABCdef1", "https://h/a.git", "v1", "", "abcdef1", none, true],
    [`https://h/a.git?commit=${HASH}`, "https://h/a.git", HASH, "", HASH, none, true],
    ["https://h/a.git?keep-git-dir=1&submodules=false", "https://h/a.git", none, "", none, true, false],
    ["https://h/a.git?keep-git-dir&submodules", "https://h/a.git", none, "", none, true, true],
    ["https://h/a.git?keep-git-dir=F", "https://h/a.git", none, "", none, false, true],
    ["https://me:pw@h/a.git#x", "https://h/a.git", "x", "", none, none, true],
  ] as const) {
    assert.deepEqual(shortly(parseGitAddress(text)), expected, text);
  }
});

test("credentials are told apart from the address and shown nowhere", () => {
  const remote = parseRemote("https://me:p%40ss@h:8443/a.git");
  assert.deepEqual(remote.credentials, { user: "me", password: "p@ss" });
  assert.equal(remote.origin, "https://h:8443");
  assert.equal(remote.shown, "https://h:8443/a.git");
  assert.equal(parseRemote("ssh://me:pw@h/a").address, "ssh://me@h/a");
});

test("hostile and mistaken addresses are refused", () => {
  for (const text of [
    ...[
      "",
      "/etc",
      "./a.git",
      "../a.git",
      "a.git",
      "file:///etc",
      "FILE:///etc",
      "ext::sh -c x",
      "ext::sh%20-c%20x.git",
    ],
    ...["--upload-pack=x", "-u", "--", "-x@h:p", "git@-oProxyCommand=x:p", "git@h:-p", "ssh://-oProxyCommand=x/p"],
    ...[
      "ssh://-o@h/p",
      "git://-h/p",
      "https://h/-p.git",
      "ssh://h/-p",
      "ssh://h//-p",
      "ssh://h/%2dp",
      "git::https://h/a",
    ],
    ...[
      "https:///a.git",
      "https://",
      "ftp://h/a.git",
      "fd::17",
      "https://h/a b.git",
      "https://h/a\n.git",
      "git@h:a\0b",
    ],
    ...["https://%00:x@h/a.git", "https://u:%0ax@h/a.git", `https://h/${"a".repeat(9000)}.git`],
    ...["https://h/a.git#-x", "https://h/a.git#--upload-pack=x", "https://h/a.git?ref=-x", "https://h/a.git#a..b"],
    ...[
      "https://h/a.git#a^{}",
      "https://h/a.git#a~1",
      "https://h/a.git#*",
      "https://h/a.git#a b",
      "https://h/a.git#a%0ab",
    ],
    ...[
      "https://h/a.git#@{u}",
      "https://h/a.git#a.lock",
      "https://h/a.git#/a",
      "https://h/a.git#a/",
      "https://h/a.git#a%zz",
    ],
    ...["https://h/a.git?ref=a:b", "https://h/a.git?tag=%2a", "https://h/a.git?branch=../../x"],
    ...[
      "https://h/a.git#x:../y",
      "https://h/a.git#x:a/../../y",
      "https://h/a.git?subdir=..",
      "https://h/a.git?subdir=%00",
    ],
    ...[
      "https://h/a.git?ref=a&ref=b",
      "https://h/a.git?ref=a&tag=b",
      "https://h/a.git?tag=a&branch=b",
      "https://h/a.git?x=1",
    ],
    ...[
      "https://h/a.git?ref=",
      "https://h/a.git?ref=a#b",
      "https://h/a.git?subdir=a#x:b",
      "https://h/a.git?checksum=xyz",
    ],
    ...["https://h/a.git?keep-git-dir=maybe", "https://h/a.git?submodules=2", "https://h/a.git?commit=--all"],
    ...[`https://h/a.git?checksum=${"a".repeat(65)}`, "https://h/a.git?checksum=aa&commit=bb"],
  ]) {
    assert.throws(
      () => parseGitAddress(text),
      (error) => isDistillError(error, "CONFIG_INVALID"),
      JSON.stringify(text.slice(0, 100)),
    );
  }
});

test("a refused address shows no password", () => {
  for (const text of ["https://me:secret@h/a.git#-x", "https://me:secret@h/a.git?token=1", "ftp://me:secret@h/a"]) {
    assert.throws(
      () => parseGitAddress(text),
      (error) => isDistillError(error) && !`${error.message}${error.hint}`.includes("secret"),
    );
  }
});

test("names of refs are those that git takes", () => {
  for (const name of ["main", "v1.0", "feature/x", "refs/tags/v1", "HEAD", "a@b", "ümlaut", HASH]) {
    assert.ok(isRefName(name), name);
  }
  for (const name of ["", "-", "-a", "a..b", "a b", "a~", "a^", "a:b", "a?", "a*", "a[", "a\\", "a//b", "/a", "a/"]) {
    assert.ok(!isRefName(name), name);
  }
  for (const name of ["a.", ".a", "x/.a", "a.lock", "a.lock/b", "@", "a@{1}", "a\x7f", "a\n", "x".repeat(2000)]) {
    assert.ok(!isRefName(name), name);
  }
});

test("hashes of commits are whole ones, checksums beginnings of them", () => {
  assert.ok(isFullHash(HASH) && isFullHash("a".repeat(64)));
  assert.ok(!isFullHash(HASH.slice(1)) && !isFullHash(HASH.toUpperCase()) && !isFullHash(`${HASH}\n`));
  assert.equal(parseCommitChecksum("ABC"), "abc");
  for (const text of ["", "x", "sha256:aa", " a"]) {
    assert.throws(
      () => parseCommitChecksum(text),
      (error) => isDistillError(error, "CONFIG_INVALID"),
    );
  }
});

test("addresses of submodules are found from that of their repository", () => {
  for (const [parent, text, expected] of [
    ["https://h/me/a.git", "../b.git", "https://h/me/b.git"],
    ["https://h/me/a.git/", "../b.git", "https://h/me/b.git"],
    ["https://h/me/a.git", "./b.git", "https://h/me/a.git/b.git"],
    ["https://h/me/a.git", "../../you/b", "https://h/you/b"],
    ["https://h/me/a.git", "../b/", "https://h/me/b"],
    ["git@h:me/a.git", "../b.git", "git@h:me/b.git"],
    ["git@h:me/a.git", "../../b.git", "git@h:b.git"],
    ["ssh://git@h:2222/me/a", "../b", "ssh://git@h:2222/me/b"],
    ["git@h:me/a.git", "https://other/b.git", "https://other/b.git"],
    ["https://h/me/a.git", "git@h:b.git", "git@h:b.git"],
  ] as const) {
    assert.equal(submoduleRemote(parseRemote(parent), text).address, expected, `${parent} ${text}`);
  }
});

test("addresses of submodules that lead elsewhere are refused", () => {
  const parent = parseRemote("https://h/me/a.git");
  for (const text of [
    ...["/etc", "file:///etc", "ext::sh -c x", "--upload-pack=x", "-x", "x", "../../../b", "../../../../../../etc"],
    ...["ssh://-oProxyCommand=x/y", "git@h:-x", "ftp://h/x", "", ".\n", "../a\nb", "https://h/\0"],
  ]) {
    assert.throws(
      () => submoduleRemote(parent, text),
      (error) => isDistillError(error, "CONFIG_INVALID"),
      JSON.stringify(text),
    );
  }
  assert.throws(() => submoduleRemote(parseRemote("git@h:a"), "../../b"));
});

test("credentials go with a submodule of the same server only", () => {
  const parent = parseRemote("https://me:pw@h/me/a.git");
  assert.deepEqual(submoduleRemote(parent, "../b.git").credentials, { user: "me", password: "pw" });
  assert.equal(submoduleRemote(parent, "https://other/b.git").credentials, undefined);
  assert.equal(submoduleRemote(parent, "https://h/b.git").credentials, undefined);
});
